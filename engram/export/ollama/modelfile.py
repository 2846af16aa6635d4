r"""Writes and reads Modelfiles.

The grammar, after Ollama's documentation of the format::

    file         = { line }
    line         = blank | comment | instruction
    comment      = "#" text
    instruction  = name space value
    name         = "FROM" | "ADAPTER" | "LICENSE" | "MESSAGE" | "PARAMETER" | "SYSTEM" | "TEMPLATE"
                   in any case; PARAMETER and MESSAGE have a word before their value
    value        = '\"\"\"' text '\"\"\"' | '"' text without a line end '"' | text to the line's end

A file has just one FROM.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

NAMES = ("FROM", "ADAPTER", "LICENSE", "MESSAGE", "PARAMETER", "SYSTEM", "TEMPLATE")
WITH_WORD = ("PARAMETER", "MESSAGE")
QUOTES = '"""'

_BLANK = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_NAME = re.compile(r"[ \t]*([A-Za-z]+)[ \t]+")
_WORD = re.compile(r"(\w+)[ \t]+")
_VALUE = re.compile(r'(?:"""(.*?)"""|(?!""")([^\n]*?))[ \t]*(?:\n|\Z)', re.DOTALL)


class Instruction(NamedTuple):
    """One instruction; ``word`` is that before the value, empty where there is none."""

    name: str
    value: str
    word: str = ""


def write_modelfile(instructions: Iterable[Instruction]) -> str:
    """The text of a Modelfile. Raises ValueError for a value that cannot be quoted."""
    return "".join(f"{line}\n" for line in map(_line, instructions))


def read_modelfile(text: str) -> list[Instruction]:
    """The instructions of a Modelfile, in order. Raises ValueError where it is none."""
    found = list(_instructions(text))
    if [one.name for one in found].count("FROM") != 1:
        raise ValueError("a Modelfile has one FROM")
    return found


def _line(one: Instruction) -> str:
    if one.name not in NAMES or bool(one.word) != (one.name in WITH_WORD):
        raise ValueError(f"{one.name} {one.word} is no instruction")
    if QUOTES in one.value or one.value.endswith('"'):
        raise ValueError(f"the value of {one.name} would end too early")
    plain = one.name in ("FROM", "PARAMETER") and re.fullmatch(r"[\w./-]+", one.value)
    value = one.value if plain else f"{QUOTES}{one.value}{QUOTES}"
    return " ".join(part for part in (one.name, one.word, value) if part)


def _instructions(text: str) -> Iterator[Instruction]:
    place = 0
    while place < len(text):
        if blank := _BLANK.match(text, place):
            place = blank.end()
            continue
        name, place = _taken(_NAME, text, place)
        if name.upper() not in NAMES:
            raise ValueError(f"there is no instruction {name}")
        word = ""
        if name.upper() in WITH_WORD:
            word, place = _taken(_WORD, text, place)
        value, place = _taken(_VALUE, text, place)
        yield Instruction(name.upper(), value, word)


def _taken(expression: re.Pattern[str], text: str, place: int) -> tuple[str, int]:
    """What an expression finds at a place, unquoted, and where that ends."""
    found = expression.match(text, place)
    taken = next((group for group in found.groups() if group is not None), "") if found else ""
    if found is None or not taken:
        line = text.count("\n", 0, place) + 1
        raise ValueError(f"line {line} is not of the grammar of Modelfiles")
    quoted = len(taken) > 1 and taken[0] == taken[-1] == '"' and found[0].lstrip()[:3] != QUOTES
    return (taken[1:-1] if quoted else taken), found.end()
