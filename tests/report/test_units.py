"""Sizes and counts as people read them."""

from __future__ import annotations

import pytest

from engram.report.units import age, duration, parameters, size


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1500, "2 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (9_960_000, "10 MB"),
        (539_904_276, "540 MB"),
        (5_560_000_000, "5.6 GB"),
        (2e15, "2000 TB"),
    ],
)
def test_sizes(count: float, text: str) -> None:
    assert size(count) == text


def test_parameters() -> None:
    assert parameters(134_515_008) == "135M"
    assert parameters(2_779_683_840) == "2.8B"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (7_199, "1 hour ago"),
        (172_800, "2 days ago"),
    ],
)
def test_ages(seconds: float, text: str) -> None:
    assert age(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (98.4, "98.4 s"),
        (331, "5 min 31 s"),
        (3_599.6, "1 h 00 min"),
        (7_530, "2 h 05 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
