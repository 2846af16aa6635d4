"""Regular expressions in linear time, whatever the expression: no look-around, no back-references.

The engine is the one inside pydantic (Rust's ``regex``), so that checking a corpus needs no other.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

_PARTS = re.compile(
    r"\\[pP](?:\{[^}]*\}|.)|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]"
    r"|\{(?P<least>[0-9]{1,9})(?:,(?P<most>[0-9]{0,9}))?\}|.",
    re.DOTALL,
)
_LARGE = re.compile(r"\\[pPwW]")
_FOR_ANY = 60


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


def steps_of(expression: str) -> int:
    """About how many microseconds it takes to compile the expression, told from its text alone.

    What is repeated so many times is compiled as often; a class of Unicode is hundreds of ranges.
    """
    total, last = [_FOR_ANY], 0
    for found in _PARTS.finditer(expression):
        part = found.group()
        if part == "(":
            total.append(0)
        elif part == ")" and len(total) > 1:
            last = total.pop()
            total[-1] += last
        elif found["least"]:
            times = max(int(found["least"]), int(found["most"] or 0))
            total[-1] += last * (times - 1)
            last *= times
        elif part not in "|?*+":
            last = _steps_of_one(part)
            total[-1] += last
    return sum(total)


def _steps_of_one(part: str) -> int:
    if _LARGE.search(part):
        return 1_100
    return 200 if r"\d" in part or r"\D" in part else 12 if part == "." or part[0] == "[" else 1


@lru_cache(maxsize=64)
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
