"""Likeness: the same both ways, in whole percent, and blind to the order of words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.compiler.likeness import likeness, numbers, percent, shingles

TEXTS = st.text("ab c.", max_size=12)


@given(TEXTS, TEXTS)
def test_likeness_is_the_same_both_ways(one: str, other: str) -> None:
    assert likeness(shingles(one), shingles(other)) == likeness(shingles(other), shingles(one))
    assert 0 <= percent(shingles(one), shingles(other)) <= 100


@given(TEXTS, TEXTS)
def test_only_equal_sets_are_wholly_alike(one: str, other: str) -> None:
    first, second = shingles(one), shingles(other)
    assert (percent(first, second) == 100) == (first == second != frozenset())


def test_the_order_of_words_does_not_count_and_punctuation_does() -> None:
    assert shingles("reverse a python string") == shingles("reverse a string python")
    assert shingles("ab.") == {" ab", "ab.", "b. "}
    assert shingles("i") == {" i "}
    assert shingles(" ") == frozenset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-15", ("01", "15", "2024")),
        ("3 + 2", ("2", "3")),
        ("no", ()),
        ("a1b22", ("1", "22")),
    ],
)
def test_numbers_are_told_by_their_digits(text: str, expected: tuple[str, ...]) -> None:
    assert numbers(text) == expected
