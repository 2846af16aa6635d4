"""What two independent checkers say against a document, in one vocabulary.

The pydantic model is what the rest of the program holds in its hands; the JSON Schema is what
editors and other tools see. Each document is put to both, and what both say is said once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engram.compiler.corpus_schema import corpus_schema
from engram.core.corpus import Corpus
from engram.files.yaml_data import Path

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError as SchemaError

Kind = Literal["missing", "unknown", "choice", "type", "empty", "long", "pattern", "other"]

# If several things are wrong with one value, the first of these is what its author needs to hear.
_WEIGHT: tuple[Kind, ...] = ("choice", "type", "empty", "long", "pattern", "other")

_MODEL_KINDS: dict[str, Kind] = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "literal_error": "choice",
    "string_type": "type",
    "int_type": "type",
    "tuple_type": "type",
    "model_type": "type",
    "model_attributes_type": "type",
    "string_too_short": "empty",
    "too_short": "empty",
    "string_too_long": "long",
    "string_pattern_mismatch": "pattern",
}
_SCHEMA_KINDS: dict[str, Kind] = {
    "const": "choice",
    "enum": "choice",
    "type": "type",
    "minLength": "empty",
    "minItems": "empty",
    "maxLength": "long",
    "pattern": "pattern",
}


class Problem(NamedTuple):
    """One fault. ``path`` ends in the key for a missing or unknown key, else in the value."""

    path: Path
    kind: Kind
    words: str = ""

    @property
    def order(self) -> tuple[str, ...]:
        return (
            *(f"{part:08d}" if isinstance(part, int) else part for part in self.path),
            self.kind,
        )


def problems_in(data: Any) -> list[Problem]:
    """What is wrong with a document, by the model or by the schema, each fault once."""
    merged = {problem.path: problem for problem in schema_problems(data)}
    merged.update({problem.path: problem for problem in model_problems(data)})
    return sorted(merged.values(), key=lambda problem: problem.order)


def model_problems(data: Any) -> list[Problem]:
    """What the pydantic model says against a document."""
    try:
        Corpus.model_validate(data)
    except ValidationError as error:
        # pydantic counts only what is right in a list: one with nothing right in it is not empty.
        items = error.errors(include_url=False)
        within = {item["loc"][:1] for item in items if len(item["loc"]) > 1}
        return _one_each(
            _from_model(item)
            for item in items
            if not (item["type"] == "too_short" and item["loc"] in within)
        )
    return []


def schema_problems(data: Any) -> list[Problem]:
    """What the JSON Schema says against a document."""
    return _one_each(
        problem for error in _validator().iter_errors(data) for problem in _from_schema(error)
    )


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(corpus_schema())


def _one_each(problems: Iterator[Problem]) -> list[Problem]:
    worst: dict[Path, Problem] = {}
    for problem in problems:
        known = worst.get(problem.path)
        if known is None or _weight(problem) < _weight(known):
            worst[problem.path] = problem
    return list(worst.values())


def _weight(problem: Problem) -> int:
    return _WEIGHT.index(problem.kind) if problem.kind in _WEIGHT else -1


def _from_model(error: ErrorDetails) -> Problem:
    kind = _MODEL_KINDS.get(error["type"], "other")
    return Problem(error["loc"], kind, error["msg"] if kind == "other" else "")


def _from_schema(error: SchemaError) -> Iterator[Problem]:
    path: Path = tuple(error.absolute_path)
    wanted: Any = error.validator_value
    if error.validator == "required":
        yield from (Problem((*path, key), "missing") for key in wanted if key not in _keys(error))
    elif error.validator == "additionalProperties":
        known: Any = error.schema
        yield from (
            Problem((*path, key), "unknown")
            for key in _keys(error)
            if key not in known["properties"]
        )
    elif error.validator == "anyOf":
        # "A text or nothing": what the text lacks is what there is to say.
        for inner in error.context or ():
            if inner.validator_value != "null":
                yield from _from_schema(inner)
    else:
        kind = _SCHEMA_KINDS.get(str(error.validator), "other")
        yield Problem(path, kind, error.message if kind == "other" else "")


def _keys(error: SchemaError) -> list[str]:
    instance: Any = error.instance
    return list(instance)
