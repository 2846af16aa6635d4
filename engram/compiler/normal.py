"""Texts that a person would call the same get the same normal form, on every Python.

Compatibility forms, case and the amount of white space do not count (NFKC, casefold, single
spaces). Punctuation does. Only code points that the pinned Unicode version assigns are touched.
"""

from __future__ import annotations

from bisect import bisect
from functools import cache
from itertools import groupby
from unicodedata import normalize

UNICODE = "13.0.0"


def normal_form(text: str) -> str:
    """The normal form of ``text``; equal for texts that differ in case or white space only."""
    if text.isascii():
        return " ".join(text.lower().split())
    # What is not assigned stays as it is, and nothing is normalised across it: a newer Python might
    # take it for a combining mark.
    runs = groupby(text, key=_assigned)
    parts = (_fold("".join(run)) if assigned else "".join(run) for assigned, run in runs)
    return " ".join("".join(parts).split())


def _fold(text: str) -> str:
    # Folding can undo NFKC, and NFKC folding; the second round settles it (Unicode, section 3.13).
    folded = normalize("NFKC", normalize("NFKC", text).casefold())
    return normalize("NFKC", folded.casefold())


def _assigned(char: str) -> bool:
    return char.isascii() or bisect(_edges(), ord(char)) % 2 == 1


@cache
def _edges() -> list[int]:
    """Where runs of assigned code points begin and end, by turns."""
    from engram.compiler.unicode13 import ASSIGNED

    spans = (span.partition("-") for span in ASSIGNED.split())
    return [edge for low, _, high in spans for edge in (int(low, 16), int(high or low, 16) + 1)]
