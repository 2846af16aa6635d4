from __future__ import annotations

import pytest

from engram.core.results import Change
from engram.report.figures import p_value, percent, points


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (None, "-"),
        (0.0, "0.0%"),
        (1.0, "100.0%"),
        (0.5, "50.0%"),
        (0.99999, "99.9%"),
        (1e-9, "0.1%"),
    ],
)
def test_only_all_or_nothing_reads_as_such(share, shown):
    assert percent(share) == shown


@pytest.mark.parametrize(
    ("p", "shown"), [(None, "-"), (1.0, "1.000"), (0.0306, "0.031"), (0.0009, "<0.001")]
)
def test_p(p, shown):
    assert p_value(p) == shown


@pytest.mark.parametrize(
    ("base", "tuned", "n", "shown"),
    [(1, 3, 4, "+50.0"), (3, 1, 4, "-50.0"), (2, 2, 4, "0.0"), (0, 0, 0, "-")],
)
def test_points(base, tuned, n, shown):
    change = Change(n=n, base_correct=base, tuned_correct=tuned, gained=0, lost=0, p=None)
    assert points(change) == shown
