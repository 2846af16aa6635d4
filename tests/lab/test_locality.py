"""Locality counts agreement everywhere, and by itself where the base is decided."""

from __future__ import annotations

import pytest

from engram.lab.locality import locality
from engram.lab.near_misses import judged

np = pytest.importorskip("numpy")
NONE = judged([], [], [])


def test_agreement_and_divergence_are_those_of_the_definitions() -> None:
    base = np.array([[0.5, 0.3, 0.2], [0.41, 0.39, 0.2], [0.1, 0.1, 0.8], [0.6, 0.3, 0.1]])
    tuned = np.array([[0.5, 0.3, 0.2], [0.39, 0.41, 0.2], [0.1, 0.2, 0.7], [0.3, 0.6, 0.1]])
    found = locality(np.log(base), np.log(tuned), NONE)
    assert (found.prompts, found.top1_agreement) == (4, 0.5)
    assert (found.decided, found.decided_agreement) == (3, pytest.approx(2 / 3))
    assert found.kl_nats == pytest.approx((base * np.log(base / tuned)).sum() / 4)
    assert found.ci95[0] < 0.5 < found.ci95[1]


def test_where_the_base_is_nowhere_decided_there_is_no_such_share() -> None:
    odds = np.log(np.array([[0.34, 0.33, 0.33]]))
    found = locality(odds, odds, NONE)
    assert (found.top1_agreement, found.decided, found.decided_agreement) == (1.0, 0, None)
    assert found.kl_nats == 0
