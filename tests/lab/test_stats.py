from __future__ import annotations

import statistics
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.lab.stats import mcnemar_exact, same_answer_rate, summary, wilson

shares = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
values = st.lists(st.floats(0, 1e6), min_size=1, max_size=60)


@given(shares)
def test_wilson_contains_the_share_and_stays_in_bounds(share):
    correct, n = share
    low, high = wilson(correct, n)
    assert 0 <= low <= correct / n <= high <= 1
    assert low < high


@given(shares)
def test_wilson_is_symmetric(share):
    correct, n = share
    low, high = wilson(correct, n)
    mirrored = wilson(n - correct, n)
    assert (1 - high, 1 - low) == pytest.approx(mirrored, abs=1e-12)


@given(shares.filter(lambda share: share[0] < share[1]))
def test_wilson_rises_with_what_is_right(share):
    correct, n = share
    assert wilson(correct + 1, n) > wilson(correct, n)
    assert wilson(correct + 1, n)[1] >= wilson(correct, n)[1]


@given(shares, st.integers(2, 50))
def test_wilson_narrows_with_n(share, times):
    low, high = wilson(*share)
    closer_low, closer_high = wilson(share[0] * times, share[1] * times)
    assert closer_high - closer_low < high - low


def test_wilson_at_the_edges():
    assert wilson(0, 0) is None
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0
    with pytest.raises(ValueError, match="11 of 10"):
        wilson(11, 10)
    with pytest.raises(ValueError, match="-1 of 10"):
        wilson(-1, 10)


def test_wilson_of_known_shares():
    # Newcombe, R. G. (1998), Statistics in Medicine 17, 857-872, table I, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_two_sided_binomial(gained, lost):
    n = gained + lost
    # Of all outcomes, those at most as likely as this one: another way to the same p.
    likely = [comb(n, k) for k in range(n + 1)]
    extreme = sum(ways for ways in likely if ways <= likely[gained])
    expected = float(Fraction(extreme, 2**n)) if n else None
    assert mcnemar_exact(gained, lost) == expected


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_symmetric_and_a_probability(gained, lost):
    p = mcnemar_exact(gained, lost)
    assert p == mcnemar_exact(lost, gained)
    assert (p is None) == (gained + lost == 0)
    assert p is None or 0 < p <= 1


def test_mcnemar_survives_counts_that_no_float_holds():
    assert mcnemar_exact(5000, 0) == 0.0
    assert mcnemar_exact(5000, 5000) == 1.0


@given(values)
def test_a_summary_is_ordered_and_of_values_that_were_measured(measured):
    found = summary(measured)
    assert found.n == len(measured)
    assert found.min == min(measured)
    assert found.max == max(measured)
    assert {found.min, found.max, found.p95} <= set(measured)
    assert found.min <= found.median <= found.max
    assert found.mean == pytest.approx(statistics.fmean(measured))


@given(values)
def test_p95_is_the_smallest_value_that_95_percent_do_not_exceed(measured):
    p95 = summary(measured).p95
    assert 100 * sum(value <= p95 for value in measured) >= 95 * len(measured)
    assert 100 * sum(value < p95 for value in measured) < 95 * len(measured)


@given(values, st.randoms(use_true_random=False))
def test_a_summary_does_not_depend_on_order(measured, random):
    shuffled = random.sample(measured, len(measured))
    assert summary(shuffled) == summary(measured)


def test_the_spread_is_that_of_a_sample():
    assert summary([1.0, 2.0, 3.0, 4.0]).std == pytest.approx((5 / 3) ** 0.5)
    assert summary([5.0]).std == 0.0
    with pytest.raises(ValueError, match="no values"):
        summary([])


@given(st.lists(st.sampled_from("abcde"), min_size=2, max_size=9))
def test_consistency_is_one_for_one_answer_and_zero_for_all_different(answers):
    rate = same_answer_rate(answers)
    assert 0 <= rate <= 1
    assert (rate == 1) == (len(set(answers)) == 1)
    assert (rate == 0) == (len(set(answers)) == len(answers))


def test_consistency_compares_stripped_answers():
    assert same_answer_rate(["a", " a\n", "a", "b", "c"]) == 0.5
    with pytest.raises(ValueError, match="two answers"):
        same_answer_rate(["a"])
