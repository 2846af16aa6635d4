"""Regular expressions in linear time, whatever the expression: no look-around, no back-references.

The engine is the one inside pydantic (Rust's ``regex``), so that checking a corpus needs no other.
"""

from __future__ import annotations

from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema


class UnusableRegex(ValueError):
    """The text is not a regular expression, or one that only a slower engine could run."""


def matches(expression: str, text: str) -> bool:
    """Whether the whole of ``text`` matches; raises UnusableRegex."""
    try:
        _compiled(expression).validate_python(text)
    except ValidationError:
        return False
    return True


def fault_in(expression: str) -> str:
    """Why ``expression`` cannot be used, in one line; nothing if it can."""
    try:
        _compiled(expression)
    except UnusableRegex as error:
        return str(error)
    return ""


@lru_cache(maxsize=256)
def _compiled(expression: str) -> SchemaValidator:
    try:
        # By itself first: `a)|(b` is well-formed only inside the parentheses of the second.
        _validator(expression)
        return _validator(rf"\A(?:{expression})\z")
    except SchemaError as error:
        raise UnusableRegex(_reason(error)) from error


def _validator(form: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=form, regex_engine="rust-regex"))


def _reason(error: SchemaError) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    return next((line[7:] for line in lines if line.startswith("error: ")), lines[-1])
