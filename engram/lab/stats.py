"""Intervals, tests and summaries. Counts stay integers until the last division."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from engram.core.results import Summary

Z95 = 1.96


def wilson(correct: int, n: int, z: float = Z95) -> tuple[float, float] | None:
    """The score interval of a share, 95 % by default; null for n = 0.

    Wilson, E. B. (1927), "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22, 209-212. The lower end is exactly 0 where
    nothing is right, the upper exactly 1 where everything is.
    """
    if not 0 <= correct <= n:
        raise ValueError(f"{correct} of {n} is no share")
    if n == 0:
        return None
    wrong = n - correct
    half = z * math.sqrt(correct * wrong / n + z * z / 4)
    low, high = (correct + z * z / 2 - half, correct + z * z / 2 + half)
    return (
        low / (n + z * z) if correct else 0.0,
        high / (n + z * z) if wrong else 1.0,
    )


def mcnemar_exact(gained: int, lost: int) -> float | None:
    """The exact two-sided p of so many gains and losses by chance; null if nothing flipped.

    Twice the smaller binomial tail at 1/2, at most 1. McNemar, Q. (1947), "Note on the sampling
    error of the difference between correlated proportions or percentages", Psychometrika 12,
    153-157.
    """
    n = gained + lost
    if n == 0:
        return None
    term = 1
    tail = 1
    for k in range(min(gained, lost)):
        term = term * (n - k) // (k + 1)
        tail += term
    return min(1.0, 2 * tail / (1 << n))


class Flips(NamedTuple):
    """The same groups judged twice: how many were right before and now, and what flipped."""

    n: int
    before: int
    now: int
    gained: int
    lost: int
    p: float | None


def flips(before: Mapping[str, bool], now: Mapping[str, bool]) -> Flips:
    """What flipped between two judgements of the same groups, with McNemar's exact p."""
    gained = sum(now[group] and not right for group, right in before.items())
    lost = sum(right and not now[group] for group, right in before.items())
    return Flips(
        n=len(before),
        before=sum(before.values()),
        now=sum(now.values()),
        gained=gained,
        lost=lost,
        p=mcnemar_exact(gained, lost),
    )


def summary(values: Iterable[float]) -> Summary:
    """The distribution of at least one value.

    ``std`` is the sample's (divided by n - 1; 0 for one value). ``p95`` is by nearest rank: the
    smallest value that at least 95 % of the values do not exceed, so it was measured.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values to sum up")
    return Summary(
        n=len(ordered),
        mean=statistics.fmean(ordered),
        median=statistics.median(ordered),
        std=statistics.stdev(ordered) if len(ordered) > 1 else 0.0,
        min=ordered[0],
        max=ordered[-1],
        p95=ordered[math.ceil(95 * len(ordered) / 100) - 1],
    )


def same_answer_rate(answers: Sequence[str]) -> float:
    """1 - (unique - 1) / (k - 1) for k >= 2 answers, compared stripped: 1 if all are alike."""
    if len(answers) < 2:
        raise ValueError("consistency needs two answers or more")
    unique = len({answer.strip() for answer in answers})
    return 1 - (unique - 1) / (len(answers) - 1)


def same_answer_bounds(p: float, k: int) -> tuple[float, float]:
    """The lowest and the highest ``same_answer_rate`` expected of k >= 2 independent samples, of
    which each is a certain answer with probability ``p``.

    An answer of probability q is among k samples with probability 1 - (1 - q)^k, so the expected
    number of unique answers is the sum of that over all answers. It is concave in q and 0 at 0:
    the rest of the mass, 1 - p, adds least as one other answer, 1 - p^k, and most when no two of
    its samples are alike, k (1 - p). With u = 1 - (1 - p)^k + the rest, the rate is
    1 - (u - 1) / (k - 1):

        low   1 - (k (1 - p) - (1 - p)^k) / (k - 1)
        high  1 - (1 - p^k - (1 - p)^k) / (k - 1)

    The highest is reached; the lowest is the limit as the rest falls into ever more answers.
    """
    if k < 2:
        raise ValueError("consistency needs two answers or more")
    other = 1 - p
    never = other**k
    low = 1 - (k * other - never) / (k - 1)
    high = 1 - (1 - p**k - never) / (k - 1)
    # Rounding may leave the interval by the last digit.
    low = min(max(low, 0.0), 1.0)
    return low, min(max(high, low), 1.0)
