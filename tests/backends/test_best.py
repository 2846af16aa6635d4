"""Which epoch is the best one, and when a better one is no longer waited for."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.backends.best import Judged, better, hopeless
from engram.core.recipe import Recipe
from engram.lab.presets import recipe

MEMORISE, GENERALISE = recipe("tiny"), recipe("tiny", preset="generalise")
SHARES = st.integers(0, 4).map(lambda quarters: quarters / 4)
LOSSES = st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1.0, math.inf, math.nan]))
JUDGED = st.builds(Judged, st.just(0), SHARES, st.sampled_from([0.1, 0.2]), LOSSES)
RUNS = st.lists(JUDGED, min_size=1, max_size=8).map(
    lambda found: [replace(one, epoch=epoch) for epoch, one in enumerate(found, 1)]
)
EITHER = st.sampled_from([MEMORISE, GENERALISE])


def chosen(run: list[Judged], by: Recipe) -> Judged:
    best: Judged | None = None
    for one in run:
        best = better(one, best, by)
    assert best
    return best


def loss(one: Judged) -> float:
    """The loss on valid; infinite where there is no number."""
    known = one.valid_loss is not None and math.isfinite(one.valid_loss)
    return one.valid_loss or 0.0 if known else math.inf


@given(RUNS)
def test_memorise_knows_most_and_of_those_is_the_most_likely_on_valid(run: list[Judged]) -> None:
    best = chosen(run, MEMORISE)
    assert best.recall == max(one.recall for one in run)
    assert loss(best) == min(loss(one) for one in run if one.recall == best.recall)


@given(RUNS)
def test_generalise_is_the_most_likely_on_valid(run: list[Judged]) -> None:
    best = chosen(run, GENERALISE)
    assert loss(best) == min(map(loss, run))
    assert best.recall == max(one.recall for one in run if loss(one) == loss(best))


@given(RUNS, EITHER)
def test_without_a_loss_on_valid_recall_decides_and_then_doubt(
    run: list[Judged], by: Recipe
) -> None:
    blind = [replace(one, valid_loss=None) for one in run]
    best = chosen(blind, by)
    assert best.recall == max(one.recall for one in run)
    assert best.doubt == min(one.doubt for one in run if one.recall == best.recall)


@given(RUNS, EITHER)
def test_of_equal_epochs_the_last_is_kept(run: list[Judged], by: Recipe) -> None:
    again = replace(chosen(run, by), epoch=len(run) + 1)
    assert chosen([*run, again], by) == again


@given(RUNS, EITHER)
def test_an_epoch_that_is_no_better_changes_nothing(run: list[Judged], by: Recipe) -> None:
    best = chosen(run, by)
    worse = Judged(len(run) + 1, recall=-1.0, doubt=9.0, valid_loss=math.nan)
    assert chosen([*run, worse], by) == best


@pytest.mark.parametrize(
    ("judged", "patience", "stops"),
    [
        ([1, 2, 3], 2, False),
        ([1, 2, 3, 4], 2, True),
        ([1, 2, 4], 2, False),  # epoch 3 trained nothing, so it says nothing
        ([1, 2, 4, 5], 2, True),
        ([1, 2, 3, 4, 5, 6, 7, 8], None, False),
    ],
)
def test_training_waits_for_so_many_epochs(
    judged: list[int], patience: int | None, stops: bool
) -> None:
    by = GENERALISE.model_copy(update={"patience": patience})
    assert hopeless(judged, Judged(2, 1.0, 0.1, 0.5), by) is stops
