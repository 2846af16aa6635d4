"""JSON with nothing lost: numbers stay as they are written, and a key given twice is noticed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Number:
    """A number, as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """An object in which a key is given twice."""


def load(line: bytes) -> tuple[Mapping[str, Any] | None, str]:
    """The row that a line of JSON holds, or nothing and why."""
    try:
        return as_row(DECODER.decode(line.decode("utf-8").strip()))
    except UnicodeDecodeError:
        return None, "is not UTF-8"
    except json.JSONDecodeError as error:
        return None, f"is not JSON: {error.msg} at column {error.colno}"
    except RecursionError:
        return None, "is nested too deeply"


def as_row(value: object) -> tuple[Mapping[str, Any] | None, str]:
    """A JSON value as a row, or nothing and why."""
    if isinstance(value, Ambiguous):
        return None, "gives a key twice"
    if not isinstance(value, dict):
        return None, "is not a JSON object"
    return value, ""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Ambiguous:
    value = dict(pairs)
    return value if len(value) == len(pairs) else Ambiguous()


DECODER = json.JSONDecoder(
    parse_int=Number, parse_float=Number, parse_constant=Number, object_pairs_hook=_unique
)
