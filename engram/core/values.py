"""What a text says when it is read as a number or as JSON. Exact: nothing passes through floats."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import NoReturn

# A longer text is no answer of a model. The limits keep hostile ones from costing time: reading an
# integer of n digits is quadratic in n, and 1e999999999 does not fit in memory.
LONGEST_NUMBER = 1_000
LONGEST_EXPONENT = 3
# Python's parser recurses: how deep it gets would depend on who calls it.
DEEPEST = 100

_DIGITS = r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)"
_DECIMAL = rf"(?:{_DIGITS}(?:\.[0-9]+)?|\.[0-9]+)"
_NUMBER = re.compile(
    rf"(?P<sign>[+-]?)(?P<top>{_DECIMAL})"
    rf"(?:[eE](?P<exponent>[+-]?[0-9]{{1,{LONGEST_EXPONENT}}})|/(?P<bottom>{_DECIMAL}))?"
)
# A string, closed or to the end of the text; or a bracket. Nothing is looked at twice.
_NESTING = re.compile(r'"(?:[^"\\]|\\.?)*"?|[\[{\]}]', re.DOTALL)


def number(text: str) -> Fraction:
    """The number that a text writes: ``-1,234.50``, ``.5``, ``6e23``, ``3/4``.

    Commas count as thousands separators where they stand every three digits, and nowhere else:
    ``0,123`` may be a decimal. The minus sign may be U+2212. Raises ValueError for anything beside
    the number, units included, and for more than ``LONGEST_NUMBER`` characters.
    """
    text = text.strip()
    found = None
    if len(text) <= LONGEST_NUMBER:
        found = _NUMBER.fullmatch(text.replace("\N{MINUS SIGN}", "-"))
    if found is None:
        raise ValueError("not a number")
    value = _fraction(found["top"]) * Fraction(10) ** int(found["exponent"] or 0)
    if found["bottom"]:
        value /= _nonzero(_fraction(found["bottom"]))
    return -value if found["sign"] == "-" else value


def document(text: str) -> object:
    """The JSON value that a text writes, such that equal values compare equal in Python.

    Keys are unordered, ``1.0`` equals ``1``, and ``true`` does not equal ``1``. A number that
    ``number`` does not read, for its length, equals only itself as it is written. Raises ValueError
    for text that is not JSON by RFC 8259, for a key given twice, and for more than ``DEEPEST``
    levels.
    """
    if _depth(text) > DEEPEST:
        raise ValueError("nested too deeply")
    return json.loads(
        text,
        parse_int=_tagged,
        parse_float=_tagged,
        parse_constant=_refuse,
        object_pairs_hook=_unique,
    )


def _depth(text: str) -> int:
    """How many brackets are open at once, at most, outside of strings."""
    depth = deepest = 0
    for found in _NESTING.finditer(text):
        if found.group() in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif found.group() in "]}":
            depth -= 1
    return deepest


def _fraction(digits: str) -> Fraction:
    return Fraction(digits.replace(",", ""))


def _nonzero(value: Fraction) -> Fraction:
    if value == 0:
        raise ValueError("division by zero")
    return value


def _tagged(text: str) -> tuple[str, Fraction | str]:
    # The tag sets numbers apart from booleans, which Python holds equal to 0 and 1.
    try:
        return ("number", number(text))
    except ValueError:
        return ("number", text)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key is given twice")
    return value
