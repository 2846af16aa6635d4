"""What two independent checkers say against a document, in one vocabulary.

The pydantic model is what the rest of the program holds in its hands; the JSON Schema is what
editors and other tools see. Each document is put to both, and what both say is said once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engram.compiler.corpus_schema import schema_of
from engram.core.corpus import INCOMPLETE, Corpus, lacking
from engram.core.noun import Noun
from engram.files.yaml_data import Path

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError as SchemaError

Kind = Literal["missing", "unknown", "choice", "type", "empty", "long", "pattern", "range", "other"]

N = TypeVar("N", bound=Noun)

MOST = 1_000

# If several things are wrong with one value, the first of these is what its author needs to hear.
_WEIGHT: tuple[Kind, ...] = ("choice", "type", "empty", "long", "pattern", "range", "other")

_MODEL_KINDS: dict[str, Kind] = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "literal_error": "choice",
    "string_type": "type",
    "int_type": "type",
    "tuple_type": "type",
    "dict_type": "type",
    "model_type": "type",
    "model_attributes_type": "type",
    "string_too_short": "empty",
    "too_short": "empty",
    "string_too_long": "long",
    "string_pattern_mismatch": "pattern",
    "greater_than_equal": "range",
    "less_than_equal": "range",
}
_SCHEMA_KINDS: dict[str, Kind] = {
    "const": "choice",
    "enum": "choice",
    "type": "type",
    "minLength": "empty",
    "minItems": "empty",
    "maxLength": "long",
    "pattern": "pattern",
    "minimum": "range",
    "maximum": "range",
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


def problems_in(data: Any, model: type[Noun] = Corpus) -> list[Problem]:
    """What is wrong with a document, by the model or by the schema, each fault once.

    The two agree on which documents are right, so that the schema, which is slow, is asked only
    about those that are wrong.
    """
    if whole(data, model):
        return []
    said = model_problems(data, model)
    merged = {problem.path: problem for problem in schema_problems(data, model)}
    merged.update({problem.path: problem for problem in said})
    return sorted(merged.values(), key=lambda problem: problem.order)


def whole(data: Any, model: type[N]) -> N | None:
    """What the document describes; None if there is anything wrong with it."""
    # Python holds True equal to 1, the only `schema` there is.
    if isinstance(data, dict) and data.get("schema") is True:
        return None
    try:
        return model.model_validate(data)
    except ValidationError:
        return None


def model_problems(data: Any, model: type[Noun] = Corpus) -> list[Problem]:
    """What the pydantic model says against a document."""
    found: list[Problem] = []
    try:
        model.model_validate(data)
    except ValidationError as error:
        items = error.errors(include_url=False)
        found = [_from_model(item) for item in items if item["type"] != INCOMPLETE]
    if model is Corpus and isinstance(data, dict):
        # The model looks at the whole only if the parts are right.
        found += (Problem((name,), "missing") for name in lacking(data))
    # pydantic counts only what is right in a list: one with nothing right in it is not empty.
    within = {problem.path[:1] for problem in found if len(problem.path) > 1}
    return _one_each(
        problem for problem in found if not (problem.kind == "empty" and problem.path in within)
    )


def schema_problems(data: Any, model: type[Noun] = Corpus) -> list[Problem]:
    """What the JSON Schema says against a document."""
    return _one_each(
        problem
        for error in islice(_validator(model).iter_errors(data), MOST)
        for problem in _from_schema(error)
    )


@cache
def _validator(model: type[Noun]) -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema_of(model))


def _one_each(problems: Iterable[Problem]) -> list[Problem]:
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
    first, *rest = error["loc"] or ("",)
    # Between the field and what is in it, pydantic names the form of rows that it took them for.
    path = (first, *rest[1:]) if first == "rows" and rest else error["loc"]
    return Problem(path, kind, error["msg"] if kind == "other" else "")


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
    elif error.validator == "dependentRequired":
        needs: Mapping[str, list[str]] = wanted
        lacks = {name for key in _keys(error) for name in needs.get(key, ())} - {*_keys(error)}
        yield from (Problem((*path, name), "missing") for name in lacks)
    elif error.validator in ("anyOf", "oneOf"):
        for inner in _nearest(error):
            yield from _from_schema(inner)
    else:
        kind = _SCHEMA_KINDS.get(str(error.validator), "other")
        yield Problem(path, kind, error.message if kind == "other" else "")


def _nearest(error: SchemaError) -> list[SchemaError]:
    """What the first form says that is of the value's type, or else the first of all."""
    forms: dict[Any, list[SchemaError]] = {}
    for inner in error.context or ():
        forms.setdefault(inner.schema_path[0], []).append(inner)
    of_type = (
        form
        for form in forms.values()
        if not any(len(e.schema_path) == 2 and e.validator == "type" for e in form)
    )
    return next(of_type, next(iter(forms.values())))


def _keys(error: SchemaError) -> list[str]:
    instance: Any = error.instance
    return list(instance)
