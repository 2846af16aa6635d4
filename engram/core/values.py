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

_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
_DECIMAL = rf"(?:{_DIGITS}(?:\.[0-9]+)?|\.[0-9]+)"
_NUMBER = re.compile(
    rf"(?P<sign>[+-]?)(?P<top>{_DECIMAL})"
    rf"(?:[eE](?P<exponent>[+-]?[0-9]{{1,{LONGEST_EXPONENT}}})|/(?P<bottom>{_DECIMAL}))?"
)


def number(text: str) -> Fraction:
    """The number that a text writes: ``-1,234.50``, ``.5``, ``6e23``, ``3/4``.

    Commas count as thousands separators where they stand every three digits, and nowhere else. The
    minus sign may be U+2212. Raises ValueError for anything beside the number, units included.
    """
    found = _NUMBER.fullmatch(text.strip().replace("\N{MINUS SIGN}", "-"))
    if found is None or len(text) > LONGEST_NUMBER:
        raise ValueError("not a number")
    value = _fraction(found["top"]) * Fraction(10) ** int(found["exponent"] or 0)
    if found["bottom"]:
        value /= _nonzero(_fraction(found["bottom"]))
    return -value if found["sign"] == "-" else value


def document(text: str) -> object:
    """The JSON value that a text writes, such that equal values compare equal in Python.

    Keys are unordered, ``1.0`` equals ``1``, and ``true`` does not equal ``1``. Raises ValueError
    for text that is not JSON by RFC 8259, for a key given twice, and for nesting too deep to read.
    """
    try:
        return json.loads(
            text,
            parse_int=_tagged,
            parse_float=_tagged,
            parse_constant=_refuse,
            object_pairs_hook=_unique,
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _fraction(digits: str) -> Fraction:
    return Fraction(digits.replace(",", ""))


def _nonzero(value: Fraction) -> Fraction:
    if value == 0:
        raise ValueError("division by zero")
    return value


def _tagged(text: str) -> tuple[str, Fraction]:
    # The tag sets numbers apart from booleans, which Python holds equal to 0 and 1.
    return ("number", number(text))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key is given twice")
    return value
