"""Problems in words: what is wrong, where, and what to write instead."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from engram.compiler import rules
from engram.compiler.corpus_schema import schema_of
from engram.compiler.documents import Document
from engram.compiler.problems import Problem
from engram.core.corpus import Corpus, CorpusFields, Pattern, RowTemplate
from engram.core.credentials import masked
from engram.core.finding import Finding
from engram.core.noun import Noun
from engram.files.yaml_data import UNREAD, Path
from engram.files.yaml_scalars import kind_of

# Texts longer than this are cut in messages.
SHOWN = 40

_EXPECTED = {
    "examples": "a list of patterns",
    "templates": "a list of templates",
    "rows": "a list of rows, or the name of a CSV file",
    "schema": "the number 1",
    "near_percent": "a whole number",
    "variants": "a list of texts",
    "accept": "a list of texts",
    "tags": "a list of texts",
    "phrasings": "a list of templates",
    "demo": "a list of prompts",
}
_PATTERNS = {
    "phrasings": (
        "must hold {input}",
        "The input of each pattern goes there: `Complete: {input}`.",
    ),
    "published": ("must be a day such as 2026-11-25", ""),
    "rows": (
        "must be a list of rows, or the name of a CSV file beside this one",
        "A name ends with .csv and holds no folders.",
    ),
}
_ITEMS = {"examples": "a pattern", "templates": "a template", "rows": "a row"}
_PARTS = {
    "templates": "Add `templates:`, patterns with a `{column}` where a row has its cell.",
    "rows": "Add `rows:`, a list of mappings or the name of a CSV file beside this one.",
    "key": "Add `key:` and the column whose cells name the rows.",
}
NAME_RULE = "may hold letters, digits, `_`, `-` and `.`, and begins with a letter or a digit"


def finding_of(document: Document, problem: Problem) -> Finding | None:
    """The finding for a problem; none where the value was already refused."""
    value = _value_at(document.parsed.data, problem.path)
    if value is UNREAD or problem.path[-1:] == ("<<",):
        return None
    if problem.kind == "missing":
        return _missing(document, problem.path)
    if problem.kind == "unknown":
        return _unknown(document, problem.path)
    if problem.kind == "choice":
        return _choice(document, problem.path, value)
    if problem.kind == "type":
        return _type(document, problem.path, value)
    return _other(document, problem, value)


def shown(text: str) -> str:
    """``text`` for a message: quoted, control characters escaped, cut if long, secrets masked."""
    text = masked(text)
    return repr(text if len(text) <= SHOWN else text[: SHOWN - 3] + "...")


def _missing(document: Document, path: Path) -> Finding:
    key = f'"{path[-1]}":' if document.file.is_json else f"{path[-1]}:"
    to = f"to the {_whose(path)[2:]}" if len(path) > 1 else "at the top of the file"
    advice = _PARTS.get(str(path[-1]), f"Add `{key}` {to}.")
    message = f"`{path[-1]}` is missing"
    return rules.MISSING.finding(document.file.shown, document.at(path[:-1]), message, advice)


def _unknown(document: Document, path: Path) -> Finding:
    known = [field.alias or name for name, field in _model(document, path).model_fields.items()]
    close = get_close_matches(str(path[-1]), known, n=1)
    whose = _whose(path)
    advice = f"Did you mean `{close[0]}`?" if close else f"{whose} has: {', '.join(known)}."
    if document.file.is_fields and path[0] in Corpus.model_fields and path[0] not in known:
        advice = "the patterns of this corpus stand in the .jsonl file beside it."
    message = f"{shown(str(path[-1]))} is not a field of {whose}"
    return rules.UNKNOWN.finding(
        document.file.shown, document.key_at(path), message, advice[0].upper() + advice[1:]
    )


def _choice(document: Document, path: Path, value: Any) -> Finding:
    field = schema_of(_model(document, path))["properties"][str(path[-1])]
    forms = field.get("anyOf", [field])
    choices = (form.get("enum") or [form.get("const", form.get("title"))] for form in forms)
    allowed = [str(choice) for of_form in choices for choice in of_form]
    close = get_close_matches(str(value), allowed, n=1)
    advice = f"Did you mean `{close[0]}`?" if close else ""
    written = shown(document.parsed.written.get(path, str(value)))
    message = f"{_name(path)} must be {' or '.join(allowed)}, not {written}"
    return rules.VALUE.finding(document.file.shown, document.at(path), message, advice)


def _type(document: Document, path: Path, value: Any) -> Finding:
    expected = _expected(path)
    if expected == "text" and path in document.parsed.written:
        return _retyped(document, path, value)
    given = str(value) if isinstance(value, float) else kind_of(value)
    message = f"{_name(path)} must be {expected}, not {given}"
    items = "Write the items in [ ]." if document.file.is_json else "Begin each item with `- `."
    advice = items if expected.startswith("a list") else ""
    return rules.TYPE.finding(document.file.shown, document.at(path), message, advice)


def _retyped(document: Document, path: Path, value: Any) -> Finding:
    written = document.parsed.written[path]
    place = document.at(path)
    if value is None:
        message = f"{_name(path)} is empty"
        text = f'for the text {written}, "{written}"' if written else "quote one that begins with #"
        advice = f"Write a value; {text}."
        rule = rules.EMPTY
    else:
        language = "JSON" if document.file.is_json else "YAML"
        message = f"{_name(path)} is {kind_of(value)} to {language} and not text: {written}"
        advice, rule = f'Quote it: "{written}"', rules.RETYPED
    return rule.finding(document.file.shown, place, message, advice)


def _other(document: Document, problem: Problem, value: Any) -> Finding:
    name = _name(problem.path)
    at = document.at(problem.path)
    file = document.file.shown
    if problem.kind == "empty":
        return rules.EMPTY.finding(file, at, f"{name} is empty")
    if problem.kind == "long":
        return rules.VALUE.finding(file, at, f"{name} is longer than 100 characters", "Shorten it.")
    if problem.kind == "range":
        return rules.VALUE.finding(file, at, f"{name} must be from 1 to 100, not {value}")
    if problem.kind == "pattern":
        rule, advice = _PATTERNS.get(_field(problem.path), (NAME_RULE, ""))
        return rules.VALUE.finding(file, at, f"{name} {rule}: {shown(str(value))}", advice)
    return rules.INVALID.finding(file, at, f"{name}: {problem.words}")


def _value_at(data: Any, path: Path) -> Any:
    try:
        for part in path:
            data = data[part]
    except (KeyError, IndexError, TypeError):
        return None
    return data


def _model(document: Document, path: Path) -> type[Noun]:
    """What is described at ``path``: a corpus, or something in one of its lists."""
    if len(path) > 1 and path[0] in ("examples", "templates"):
        return Pattern if path[0] == "examples" else RowTemplate
    return CorpusFields if document.file.is_fields else Corpus


def _whose(path: Path) -> str:
    return _ITEMS.get(str(path[0]), "a corpus") if len(path) > 1 else "a corpus"


def _field(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _expected(path: Path) -> str:
    if not path:
        return "a mapping with `name`, `description` and `examples`"
    if path[0] == "rows" and len(path) > 1:
        return "a mapping of columns to texts" if len(path) == 2 else "text"
    if isinstance(path[-1], str):
        return _EXPECTED.get(path[-1], "text")
    is_pattern = len(path) == 2 and path[0] in _ITEMS
    return "a mapping with `input`, `output` and `category`" if is_pattern else "text"


def _name(path: Path) -> str:
    if not path:
        return "a corpus"
    if len(path) == 2 and path[0] in _ITEMS:
        return _ITEMS[str(path[0])]
    return f"`{_field(path)}`" if isinstance(path[-1], str) else f"an item of `{_field(path)}`"
