"""Training that diverges goes back, lowers its rate once, and stops if that does not help."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engram.backends.base import Encoded, Lowered, Step
from engram.backends.plan import Schedule
from engram.backends.progress import Progress
from engram.backends.review import Review
from engram.core.recipe import Recipe
from engram.core.training import Training
from tests.backends.rows import STOP, make_rows, small_recipe

mx = pytest.importorskip("mlx.core")

RUINS = 1e30
Rate = Callable[[Schedule, int, float], float]
Stop = Callable[[Any], None]


def nothing(_: object) -> None:
    """Watch nothing."""


def ruined_between(first: float, last: float, rate: float = RUINS, well: float = 1e-3) -> Rate:
    """A rate at which training goes well, but for one stretch of it."""
    return lambda _, _step, done: rate if first < done < last else well


def trained(
    llama: Any,
    folder: Path,
    recipe: Recipe | None = None,
    on_step: Stop = nothing,
    on_lowered: Stop = nothing,
) -> Training:
    recipe = recipe or small_recipe(epochs=8)
    training = llama.train(
        make_rows(12), [], recipe, folder, on_step, nothing, nothing, (), on_lowered
    )
    assert isinstance(training, Training)
    return training


def adapter_in(folder: Path) -> bytes:
    return (folder / "adapter/adapters.safetensors").read_bytes()


@pytest.mark.parametrize("safe_steps", [0, 7])
def test_what_diverges_twice_stops_and_keeps_the_best_epoch(
    llama: Any, tmp_path: Path, safe_steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Steps are counted anew when it goes back: after as many safe ones it diverges once more.
    monkeypatch.setattr(
        Schedule, "rate", lambda _, step, _done: 1e-3 if step < safe_steps else RUINS
    )
    told: list[Lowered] = []
    training = trained(llama, tmp_path, small_recipe(epochs=40), on_lowered=told.append)
    assert training.stopped == "diverged"
    assert training.lowered_at == told[0].step
    assert training.lowered_at - safe_steps in (1, 2)
    assert training.steps - training.lowered_at - safe_steps in (1, 2)
    assert len(told) == 1
    assert told[0].epoch == safe_steps // 3
    assert bool(training.best_epoch) == bool(safe_steps)
    assert (tmp_path / "adapter").exists() == bool(safe_steps)
    if safe_steps:
        with llama.adapter(tmp_path / "adapter"):
            logits = llama.anatomy.model(mx.array([[3, 4]]))
        assert math.isfinite(float(logits.sum().item()))


@pytest.mark.parametrize("length", [{"epochs": 8}, {"epochs": None, "iters": 24}])
def test_what_diverged_goes_back_and_on_at_half_the_rate(
    llama: Any, tmp_path: Path, length: dict[str, int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Schedule, "rate", ruined_between(0.4, 0.45))
    told: list[Lowered] = []
    recipe = small_recipe().model_copy(update={"learning_rate": 1e-3, **length})
    training = trained(llama, tmp_path, recipe, on_lowered=told.append)
    assert (training.stopped, training.steps, training.epochs) == ("finished", 24, 8.0)
    assert told == [Lowered(step=training.lowered_at or 0, epoch=3, learning_rate=5e-4)]
    assert [point.step for point in training.losses] == list(range(1, 25))
    after = [point for point in training.losses if point.step > told[0].step]
    assert {point.learning_rate for point in after} == {5e-4}
    best = next(point for point in training.curve if point.epoch == 3)
    assert after[0].loss == pytest.approx(best.loss, rel=0.2), "it begins from the best weights"
    assert (after[-1].loss or 0) < (after[0].loss or 0)
    with llama.adapter(tmp_path / "adapter"):
        assert math.isfinite(float(llama.anatomy.model(mx.array([[3, 4]])).sum().item()))


def test_without_a_good_epoch_it_goes_back_to_the_start(
    llama: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Schedule, "rate", ruined_between(0.03, 0.05))
    told: list[Lowered] = []
    training = trained(llama, tmp_path, on_lowered=told.append)
    assert [one.epoch for one in told] == [0]
    assert training.stopped == "finished"
    again = [point for point in training.losses if point.step > told[0].step]
    assert again[0].loss == pytest.approx(training.losses[0].loss, rel=0.2)


def test_a_lower_rate_warms_up_again() -> None:
    recipe = small_recipe(epochs=8, learning_rate=60.0, warmup=3)
    schedule = Schedule(recipe.model_copy(update={"schedule": "constant"}), 12)
    progress = Progress(Review.fresh(recipe, 12), step=9, passed=3.0)
    assert progress.rate(schedule) == 60.0
    progress.lower()
    rates = []
    for _ in range(4):
        rates.append(progress.rate(schedule))
        progress.step += 1
    assert rates == pytest.approx([10.0, 20.0, 30.0, 30.0])


def test_with_nothing_left_to_train_it_stops(
    llama: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Schedule, "rate", ruined_between(0.9, 0.95))
    training = trained(llama, tmp_path)
    assert (training.stopped, training.lowered_at, training.steps) == ("diverged", None, 24)
    assert training.best_epoch == 7


def interrupted(at: int) -> Stop:
    def step(progress: Step) -> None:
        if progress.step == at:
            raise KeyboardInterrupt

    return step


def refused(_: Lowered) -> None:
    raise KeyboardInterrupt


EPOCHS, ITERS = {"epochs": 8}, {"epochs": None, "iters": 24}


@pytest.mark.parametrize(
    ("repetition", "length", "ruin"),
    [
        ("every", EPOCHS, (0.4, 0.45, RUINS)),
        ("every", ITERS, (0.03, 0.05, RUINS)),
        ("every", {"epochs": 20}, (0.76, 0.8, 2.0, 0.01)),
        ("spaced", ITERS, (0.48, 0.51, RUINS)),
    ],
    ids=["in an epoch", "at the start", "at the end of an epoch", "between epochs"],
)
def test_a_run_that_is_stopped_around_its_fall_goes_on_to_the_same_bits(
    llama: Any,
    tmp_path: Path,
    length: dict[str, int | None],
    repetition: str,
    ruin: tuple[float, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from engram.backends import loop

    monkeypatch.setattr(loop, "CHECKPOINT_STEPS", 4)
    monkeypatch.setattr(Schedule, "rate", ruined_between(*ruin))
    recipe = small_recipe().model_copy(update={"repetition": repetition, **length})
    whole = trained(llama, tmp_path / "whole", recipe)
    fall = whole.lowered_at
    assert fall
    for at in (fall - 1, fall, fall + 5):
        folder = tmp_path / str(at)
        with pytest.raises(KeyboardInterrupt):
            trained(llama, folder, recipe, interrupted(at))
        if at == fall:  # and once more while it goes back
            with pytest.raises(KeyboardInterrupt):
                trained(llama, folder, recipe, on_lowered=refused)
        parts = trained(llama, folder, recipe)
        assert adapter_in(folder) == adapter_in(tmp_path / "whole")
        assert parts.model_dump(exclude={"seconds"}) == whole.model_dump(exclude={"seconds"})


def test_an_epoch_that_was_worse_than_the_base_is_never_the_best(
    llama: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the base says by itself can only be unlearnt: at a rate that ruins, then one that ends.
    asked = [Encoded(row.prompt, ()) for row in make_rows(12)]
    said = llama.answer(asked, STOP, 6, lambda _: None)
    rows = [Encoded(row.prompt, one.tokens) for row, one in zip(asked, said)]
    monkeypatch.setattr(Schedule, "rate", lambda _, step, _done: 2.0 if step < 7 else RUINS)
    training = llama.train(rows, [], small_recipe(epochs=40), tmp_path, nothing)
    assert training.stopped == "diverged"
    assert training.lowered_at in (8, 9)
    assert len(training.curve) >= 4
    assert training.best_epoch == 0
    assert not (tmp_path / "adapter").exists()


def test_a_loss_above_that_of_the_base_is_divergence(llama: Any, tmp_path: Path) -> None:
    from engram.backends.judge import Judge
    from engram.backends.mlx.train import MlxLearner

    rows, recipe = make_rows(4), small_recipe()
    learner = MlxLearner(llama.anatomy, rows, [], recipe, tmp_path)
    judge = Judge(learner, rows, recipe, tmp_path)

    def diverges(losses: list[float], lowered_at: int | None = None) -> bool:
        points = [(i, 0.0, loss, 0.0, None) for i, loss in enumerate(losses)]
        review, due, step = Review.fresh(small_recipe(), 4), [*range(4)], len(losses)
        found = Progress(review, step=step, due=due, losses=points, lowered_at=lowered_at)
        return bool(judge.diverges(found))

    assert not diverges([4.0 - i / 10 for i in range(15)])
    assert diverges([4.0] * 5 + [5.1] * 10)
    assert diverges([4.0, math.nan])
    assert not diverges([4.0] * 5 + [5.1] * 10, lowered_at=5), "it has just begun anew"
    assert diverges([4.0] * 5 + [5.1] * 13, lowered_at=5)
