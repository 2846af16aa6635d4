"""How alike two texts are, in whole numbers: the same on every machine, and the same both ways."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

SIZE = 3
_NUMBER = re.compile(r"[0-9]+")


@lru_cache(maxsize=1 << 14)
def shingles(form: str) -> frozenset[str]:
    """The runs of three characters in the words of a normal form, the edges of words marked.

    Words are told apart by white space only, so that punctuation counts. Their order does not:
    `the capital of France is` and `what is the capital of France` differ in one word.
    """
    marked = [f" {word} " for word in form.split()]
    return frozenset(
        [word[at : at + SIZE] for word in marked for at in range(len(word) - SIZE + 1)]
    )


def likeness(one: frozenset[str], other: frozenset[str]) -> tuple[int, int]:
    """The Jaccard index of two sets as a ratio: how many members they share, of how many.

    Jaccard, P. (1901), "Étude comparative de la distribution florale dans une portion des Alpes et
    des Jura", Bulletin de la Société Vaudoise des Sciences Naturelles 37, 547-579.
    """
    shared = len(one & other)
    return shared, len(one) + len(other) - shared


def mask(places: Iterable[int]) -> int:
    """The number with the bits at these places set, so that what two sets share is counted fast."""
    bits = 0
    for place in places:
        bits |= 1 << place
    return bits


def percent(one: frozenset[str], other: frozenset[str]) -> int:
    """The likeness of two sets in whole percent, rounded down; 100 only for equal ones."""
    shared, of = likeness(one, other)
    return shared * 100 // of if of else 0


def numbers(form: str) -> tuple[str, ...]:
    """The numbers that a text names, as they are written, in the order of their digits."""
    return tuple(sorted(_NUMBER.findall(form)))
