from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.backends.base import Generated
from engram.lab.consistency import summed_up, whole
from engram.lab.stats import same_answer_bounds, same_answer_rate

weights = st.lists(st.integers(1, 20), min_size=1, max_size=4)
runs = st.integers(2, 5)


def expected_rate(odds: list[float], k: int) -> float:
    """The mean rate of k samples over every way in which they can be drawn."""
    names = [str(index) for index in range(len(odds))]
    return sum(
        math.prod(odds[int(name)] for name in drawn) * same_answer_rate(drawn)
        for drawn in product(names, repeat=k)
    )


@given(weights, runs)
def test_the_expected_rate_of_any_distribution_is_within_the_bounds(counts, k):
    odds = [count / sum(counts) for count in counts]
    low, high = same_answer_bounds(odds[0], k)
    assert low - 1e-9 <= expected_rate(odds, k) <= high + 1e-9


@given(st.floats(0, 1), runs)
def test_the_highest_is_that_of_two_answers(p, k):
    assert same_answer_bounds(p, k)[1] == pytest.approx(expected_rate([p, 1 - p], k))


@given(st.floats(0, 1), st.sampled_from([2, 3]))
def test_the_lowest_is_that_of_ever_more_other_answers(p, k):
    low, few, many = (
        same_answer_bounds(p, k)[0],
        *(expected_rate([p, *[(1 - p) / n] * n], k) for n in (2, 20)),
    )
    assert low <= many + 1e-9
    assert many <= few + 1e-9
    # Two of k samples are alike by chance, of n others, once in n at most for each pair.
    assert many - low <= k * (k - 1) / 2 / 20 + 1e-9


@given(st.floats(0, 1), st.integers(2, 10_000))
def test_bounds_are_shares_in_order_and_meet_where_all_is_certain(p, k):
    low, high = same_answer_bounds(p, k)
    assert 0 <= low <= high <= 1
    assert same_answer_bounds(1.0, k) == (1.0, 1.0)
    assert same_answer_bounds(0.0, k) == (0.0, 1.0)


def test_bounds_need_two_samples():
    with pytest.raises(ValueError, match="two answers"):
        same_answer_bounds(0.5, 1)


def test_figures_are_means_over_prompts():
    found = summed_up([1.0, 0.5], 2)
    assert found.probability == 0.75
    assert found.bounds == pytest.approx(((1 + 0.25) / 2, (1 + 0.5) / 2))
    assert summed_up([], 2) == (None, None)


def test_the_stop_token_is_a_part_of_an_answer_that_has_one():
    assert whole(Generated((3, 4), stopped=True), 2) == (3, 4, 2)
    assert whole(Generated((3, 4), stopped=False), 2) == (3, 4)
    assert whole(Generated((), stopped=True), 2) == (2,)
