"""Whole numbers that come out right: in every category, and in total."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engram.compiler.quotas import quotas

SIZES = st.lists(st.integers(0, 60), max_size=40)
PARTS = st.tuples(st.integers(1, 100), st.integers(0, 100), st.integers(0, 100))


@given(SIZES, PARTS, st.booleans())
def test_every_category_is_dealt_out_in_full(
    sizes: list[int], parts: tuple[int, int, int], keep_first: bool
) -> None:
    dealt = quotas(sizes, parts, keep_first=keep_first)
    assert [sum(seats) for seats in dealt] == sizes
    assert all(min(seats) >= 0 for seats in dealt)


@given(SIZES, PARTS)
def test_totals_are_within_one_of_the_ratios(sizes: list[int], parts: tuple[int, int, int]) -> None:
    dealt = quotas(sizes, parts, keep_first=False)
    for part, weight in enumerate(parts):
        due = sum(sizes) * weight
        assert abs(sum(seats[part] for seats in dealt) * sum(parts) - due) < sum(parts)


@given(SIZES, PARTS)
def test_each_category_is_within_two_of_the_ratios(
    sizes: list[int], parts: tuple[int, int, int]
) -> None:
    for size, seats in zip(sizes, quotas(sizes, parts, keep_first=False), strict=True):
        for given_, weight in zip(seats, parts, strict=True):
            assert abs(given_ * sum(parts) - size * weight) < 2 * sum(parts)


@given(SIZES, PARTS)
def test_every_category_keeps_one_to_train(sizes: list[int], parts: tuple[int, int, int]) -> None:
    for size, seats in zip(sizes, quotas(sizes, parts, keep_first=True), strict=True):
        assert seats[0] >= min(size, 1)


@given(SIZES, PARTS)
def test_a_part_of_nothing_gets_nothing(sizes: list[int], parts: tuple[int, int, int]) -> None:
    for seats in quotas(sizes, parts, keep_first=True):
        assert all(weight or not given_ for given_, weight in zip(seats, parts, strict=True))


def test_what_one_category_gets_too_little_of_goes_to_the_next() -> None:
    assert quotas([4, 4, 4, 4, 4], (80, 10, 10), keep_first=True) == [
        (3, 0, 1),
        (3, 1, 0),
        (4, 0, 0),
        (3, 0, 1),
        (3, 1, 0),
    ]
