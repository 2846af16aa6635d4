"""Scales of a chart: where a value lies between both ends, and which values are worth a tick."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

STEPS = (1, 2, 2.5, 5, 10)
# Below this many decades, only whole ones would be too few ticks.
FEW_DECADES = 2
MOST_DECADES = 6
SLIGHT = 1e-9  # what rounding may add to a round number


class Axis(NamedTuple):
    """A scale from ``low`` to ``high``, which differ; on a ``log`` one both are positive."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def at(self, value: float) -> float:
        """How far along the value lies, from 0 to 1; beyond an end it lies at that end."""
        low, high = self.low, self.high
        value = min(max(value, low), high)
        if self.log:
            return math.log10(value / low) / math.log10(high / low)
        return (value - low) / (high - low)


def linear(values: Iterable[float], ticks: int = 5) -> Axis:
    """A scale from 0 to the largest value, with some ``ticks`` round numbers on it."""
    high = max((value for value in values if value > 0), default=1.0)
    step = _round_step(high / ticks)
    return Axis(0.0, high, tuple(step * i for i in range(math.floor(high / step * 1.000001) + 1)))


def logarithmic(values: Iterable[float]) -> Axis:
    """A scale around the positive values, from one of 1, 2 and 5 times a decade to another."""
    positive = [value for value in values if value > 0] or [0.1, 1.0]
    first = math.floor(math.log10(min(positive)))
    last = max(math.ceil(math.log10(max(positive))), first + 1)
    round_ones = [part * _ten(power) for power in range(first, last) for part in (1, 2, 5)]
    round_ones.append(_ten(last))
    low = max(value for value in round_ones[:-1] if value <= min(positive) * (1 + SLIGHT))
    most = max(low * (1 + SLIGHT), max(positive) * (1 - SLIGHT))
    high = min(value for value in round_ones if value >= most)
    few = last - first <= FEW_DECADES
    every = math.ceil((last - first) / MOST_DECADES)
    ticks = round_ones if few else [_ten(power) for power in range(first, last + 1, every)]
    return Axis(low, high, tuple(tick for tick in ticks if low <= tick <= high), log=True)


def _ten(power: int) -> float:
    return float(f"1e{power}")  # exact where a product of floats may not be


def _round_step(least: float) -> float:
    power = math.floor(math.log10(least))
    return next(step * _ten(power) for step in STEPS if step * _ten(power) >= least * 0.999999)
