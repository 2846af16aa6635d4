"""Problems in words: what is wrong, where, and what to write instead."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from engram.compiler import rules
from engram.compiler.corpus_schema import corpus_schema
from engram.compiler.problems import Problem
from engram.compiler.state import Document
from engram.core.finding import Finding
from engram.files.yaml_data import UNREAD, Path
from engram.files.yaml_scalars import kind_of

# Texts longer than this are cut in messages.
SHOWN = 40

_EXPECTED = {
    "examples": "a list of patterns",
    "schema": "the number 1",
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
}
_NAME_RULE = "may hold letters, digits, `_`, `-` and `.`, and begins with a letter or a digit"


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
    """``text`` for a message: quoted, control characters escaped, cut if long."""
    return repr(text if len(text) <= SHOWN else text[: SHOWN - 3] + "...")


def _missing(document: Document, path: Path) -> Finding:
    key = f'"{path[-1]}":' if document.file.is_json else f"{path[-1]}:"
    advice = f"Add `{key}` {'to the pattern' if len(path) > 1 else 'at the top of the file'}."
    message = f"`{path[-1]}` is missing"
    return rules.MISSING.finding(document.file.shown, document.at(path[:-1]), message, advice)


def _unknown(document: Document, path: Path) -> Finding:
    known = _fields("Pattern" if len(path) > 1 else None)
    close = get_close_matches(str(path[-1]), known, n=1)
    whose = "a pattern" if len(path) > 1 else "a corpus"
    advice = f"Did you mean `{close[0]}`?" if close else f"{whose} has: {', '.join(known)}."
    message = f"{shown(str(path[-1]))} is not a field of {whose}"
    return rules.UNKNOWN.finding(
        document.file.shown, document.key_at(path), message, advice[0].upper() + advice[1:]
    )


def _choice(document: Document, path: Path, value: Any) -> Finding:
    schema = corpus_schema()
    schema = schema["$defs"]["Pattern"] if len(path) > 1 else schema
    field = schema["properties"][str(path[-1])]
    allowed = [str(choice) for choice in field.get("enum", [field.get("const")])]
    close = get_close_matches(str(value), allowed, n=1)
    advice = f"Did you mean `{close[0]}`?" if close else ""
    written = shown(document.parsed.written.get(path, str(value)))
    message = f"{_name(path)} must be {' or '.join(allowed)}, not {written}"
    return rules.VALUE.finding(document.file.shown, document.at(path), message, advice)


def _type(document: Document, path: Path, value: Any) -> Finding:
    expected = _expected(path)
    if expected == "text" and path in document.parsed.written:
        return _retyped(document, path, value)
    message = f"{_name(path)} must be {expected}, not {kind_of(value)}"
    items = "Write the items in [ ]." if document.file.is_json else "Begin each item with `- `."
    advice = items if expected.startswith("a list") else ""
    return rules.TYPE.finding(document.file.shown, document.at(path), message, advice)


def _retyped(document: Document, path: Path, value: Any) -> Finding:
    written = document.parsed.written[path]
    place = document.at(path)
    if value is None:
        message = f"{_name(path)} is empty"
        advice = f'Write a value; for the text {written}, "{written}".' if written else None
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
    if problem.kind == "pattern":
        rule, advice = _PATTERNS.get(_field(problem.path), (_NAME_RULE, ""))
        return rules.VALUE.finding(file, at, f"{name} {rule}: {shown(str(value))}", advice)
    return rules.INVALID.finding(file, at, f"{name}: {problem.words}")


def _value_at(data: Any, path: Path) -> Any:
    try:
        for part in path:
            data = data[part]
    except (KeyError, IndexError, TypeError):
        return None
    return data


def _fields(definition: str | None) -> list[str]:
    schema = corpus_schema()
    return list((schema["$defs"][definition] if definition else schema)["properties"])


def _field(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _expected(path: Path) -> str:
    if not path:
        return "a mapping with `name`, `description` and `examples`"
    if isinstance(path[-1], str):
        return _EXPECTED.get(path[-1], "text")
    return "a mapping with `input`, `output` and `category`" if len(path) == 2 else "text"


def _name(path: Path) -> str:
    if not path:
        return "a corpus"
    if path[0] == "examples" and len(path) == 2:
        return "a pattern"
    return f"`{_field(path)}`" if isinstance(path[-1], str) else f"an item of `{_field(path)}`"
