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
        form = " ".join(text.lower().split())
        # Most texts have the form already: a million of them are not kept twice.
        return text if form == text else form
    # What is not assigned stays as it is, and nothing is normalised across it: a newer Python might
    # take it for a combining mark.
    runs = groupby(text, key=assigned)
    parts = (_fold("".join(run)) if known else "".join(run) for known, run in runs)
    return " ".join("".join(parts).split())


def _fold(text: str) -> str:
    # Folding can undo NFKC, and NFKC folding; the second round settles it (Unicode, section 3.13).
    folded = normalize("NFKC", normalize("NFKC", text).casefold())
    return normalize("NFKC", folded.casefold())


def assigned(char: str) -> bool:
    """Whether the pinned Unicode version assigns the character."""
    from engram.compiler.unicode13 import ASSIGNED

    return char.isascii() or in_spans(char, ASSIGNED)


def in_spans(char: str, spans: str) -> bool:
    """Whether the character is in one of ``spans``: ascending, inclusive and in hexadecimal."""
    return char != "" and bisect(_edges(spans), ord(char)) % 2 == 1


@cache
def _edges(spans: str) -> list[int]:
    """Where runs of code points begin and end, by turns."""
    ends = (span.partition("-") for span in spans.split())
    return [edge for low, _, high in ends for edge in (int(low, 16), int(high or low, 16) + 1)]
