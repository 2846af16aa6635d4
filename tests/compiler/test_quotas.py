"""Whole numbers that come out right: in every category, and in total."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engram.compiler.quotas import Demand, quotas

Parts = tuple[int, int, int]

SIZES = st.integers(0, 60)
PARTS = st.tuples(st.integers(1, 100), st.integers(0, 100), st.integers(0, 100))
FRESH = st.lists(st.builds(Demand, SIZES, st.just((0, 0, 0)), st.just(False)), max_size=40)
KEEPING = st.lists(st.builds(Demand, SIZES, st.just((0, 0, 0)), st.just(True)), max_size=40)
GROWN = st.lists(
    st.builds(Demand, SIZES, st.tuples(SIZES, SIZES, SIZES), st.booleans()), max_size=20
)


@given(GROWN, PARTS)
def test_every_category_is_dealt_out_in_full(demands: list[Demand], parts: Parts) -> None:
    dealt = quotas(demands, parts)
    assert [sum(seats) for seats in dealt] == [demand.size for demand in demands]
    assert all(min(seats) >= 0 for seats in dealt)


@given(FRESH, PARTS)
def test_totals_are_within_one_of_the_ratios(demands: list[Demand], parts: Parts) -> None:
    dealt = quotas(demands, parts)
    for part, weight in enumerate(parts):
        due = sum(demand.size for demand in demands) * weight
        assert abs(sum(seats[part] for seats in dealt) * sum(parts) - due) < sum(parts)


@given(st.one_of(FRESH, KEEPING), PARTS)
def test_each_category_is_within_two_of_the_ratios(demands: list[Demand], parts: Parts) -> None:
    for demand, seats in zip(demands, quotas(demands, parts), strict=True):
        for given_, weight in zip(seats, parts, strict=True):
            assert abs(given_ * sum(parts) - demand.size * weight) < 2 * sum(parts)


@given(GROWN, PARTS)
def test_every_category_that_needs_one_keeps_one_to_train(
    demands: list[Demand], parts: Parts
) -> None:
    for demand, seats in zip(demands, quotas(demands, parts), strict=True):
        assert seats[0] >= min(demand.size, 1) or not demand.keep_first


@given(GROWN, PARTS)
def test_a_part_of_nothing_gets_nothing(demands: list[Demand], parts: Parts) -> None:
    for seats in quotas(demands, parts):
        assert all(weight or not given_ for given_, weight in zip(seats, parts, strict=True))


@given(st.builds(Demand, SIZES, st.tuples(SIZES, SIZES, SIZES)), PARTS)
def test_what_is_new_brings_no_part_further_from_the_ratios(demand: Demand, parts: Parts) -> None:
    """A part that gets anything has no more than is due to it, but for rounding."""
    whole = demand.size + sum(demand.have)
    (seats,) = quotas([demand], parts)
    for given_, had, weight in zip(seats, demand.have, parts, strict=True):
        assert not given_ or (had + given_) * sum(parts) < whole * weight + sum(parts)


def test_what_one_category_gets_too_little_of_goes_to_the_next() -> None:
    fours = [Demand(4, (0, 0, 0), keep_first=True)] * 5
    assert quotas(fours, (80, 10, 10)) == [(3, 0, 1), (3, 1, 0), (4, 0, 0), (3, 0, 1), (3, 1, 0)]


def test_what_is_lacking_is_made_up_for_by_what_is_new() -> None:
    assert quotas([Demand(5, (25, 0, 0))], (80, 10, 10)) == [(0, 2, 3)]
    assert quotas([Demand(5, (15, 5, 5))], (80, 10, 10)) == [(5, 0, 0)]


def test_a_category_pays_for_what_others_lack_but_only_one_of_each() -> None:
    settled = Demand(0, (50, 0, 0))
    assert quotas([settled, Demand(20, (0, 0, 0))], (80, 10, 10)) == [(0, 0, 0), (14, 3, 3)]


def test_where_less_is_dealt_out_than_is_lacking_the_largest_lack_is_served_first() -> None:
    assert quotas([Demand(2, (20, 0, 0))], (80, 10, 10)) == [(0, 1, 1)]
    assert quotas([Demand(1, (20, 2, 0))], (80, 10, 10)) == [(0, 0, 1)]


def test_the_one_that_is_kept_to_train_comes_from_whoever_gets_most() -> None:
    assert quotas([Demand(3, (0, 0, 0), keep_first=True)], (1, 50, 49)) == [(1, 1, 1)]
    assert quotas([Demand(3, (0, 0, 0))], (1, 50, 49)) == [(0, 2, 1)]
