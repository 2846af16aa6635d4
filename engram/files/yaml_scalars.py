"""Plain scalars that are not text: the core schema of YAML 1.2, and dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

# YAML 1.2.2, section 10.3.2, and the timestamps of YAML 1.1, which many readers still know.
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?"
    r"([ \t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?))?)?"
)
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE"))
_FALSE = frozenset(("false", "False", "FALSE"))
_FIRST = frozenset("0123456789+-.~nNtTfF")

# YAML 1.1: https://yaml.org/type/ for bool, int, float, merge and value.
_OLDER = (
    (re.compile(r"y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF"), "a truth value"),
    (re.compile(r"[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"), "a number to the base of 60"),
    (re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)"), "a number"),
    (re.compile(r"<<|="), "a key that merges or stands for a value"),
)
_OLDER_FIRST = frozenset("0123456789+-yYnNoO<=")
_OLDER_LONGEST = 40

# Longer integers cost time to convert, and no field of a corpus holds one.
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Odd:
    """A value for which no corpus has a place: a date, or a number beyond all use."""

    kind: str


@dataclass(frozen=True, slots=True)
class Retyped:
    """A plain scalar that YAML takes for ``data`` and not for text."""

    data: Any


def resolve(text: str) -> str | Retyped:
    """What the plain scalar ``text`` means: itself, or a value that is not text."""
    if text and text[0] not in _FIRST:
        return text
    if text in _NULLS:
        return Retyped(None)
    if text in _TRUE or text in _FALSE:
        return Retyped(text in _TRUE)
    if _INTEGER.fullmatch(text):
        return Retyped(int(text, 0 if text[:2] in ("0o", "0x") else 10) if _short(text) else _LONG)
    if _FLOAT.fullmatch(text) or _INFINITE.fullmatch(text):
        return Retyped(float(text) if _FLOAT.fullmatch(text) else _NUMBER)
    return Retyped(_A_DATE) if _DATE.fullmatch(text) else text


def older_kind(text: str) -> str:
    """What a plain scalar that is text here is to readers of YAML 1.1; nothing if text as well."""
    if not text or text[0] not in _OLDER_FIRST or len(text) > _OLDER_LONGEST:
        return ""
    return next((kind for shape, kind in _OLDER if shape.fullmatch(text)), "")


def kind_of(data: Any) -> str:
    """What ``data`` is, in the words of someone who writes YAML."""
    if isinstance(data, Odd):
        return data.kind
    if data is None:
        return "empty (null)"
    kinds = {bool: "a truth value", int: "a whole number", float: "a number", str: "text"}
    return kinds.get(type(data)) or ("a list" if isinstance(data, list) else "a mapping")


def _short(text: str) -> bool:
    return len(text) <= _MOST_DIGITS


_LONG = Odd("a whole number")
_NUMBER = Odd("a number")
_A_DATE = Odd("a date")
