"""The adapter that is written is that of the best epoch, however often training was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engram.core.recipe import Recipe
from engram.core.training import Training
from tests.backends.rows import make_rows, small_recipe
from tests.backends.test_mlx_train import nothing, stopped_and_resumed

pytest.importorskip("mlx.core")

# Random answers cannot be generalised to: on them, the loss soon rises.
NOVEL = make_rows(6, seed=9)


def by_novel(**changes: Any) -> Recipe:
    """At a constant rate, so that the beginning of a longer run is a shorter one."""
    found = small_recipe(learning_rate=0.01, rank=8, epochs=9)
    return found.model_copy(update={"best_by": "novel", "schedule": "constant", **changes})


def train(llama: Any, folder: Path, recipe: Recipe) -> tuple[Training, bytes]:
    training = llama.train(make_rows(10), NOVEL, recipe, folder, nothing)
    return training, (folder / "adapter/adapters.safetensors").read_bytes()


def test_the_adapter_is_that_of_the_lowest_loss_on_novel_rows(llama: Any, tmp_path: Path) -> None:
    training, weights = train(llama, tmp_path / "long", by_novel())
    losses = [point.valid_loss or 0.0 for point in training.curve]
    assert len(losses) == 9
    assert training.best_epoch == losses.index(min(losses)) + 1 < 9
    _, short = train(llama, tmp_path / "short", by_novel(epochs=training.best_epoch))
    _, last = train(llama, tmp_path / "last", by_novel(best_by="recall"))
    assert weights == short != last


@pytest.mark.parametrize("patience", [1, 3])
def test_training_ends_when_novel_rows_got_no_better_for_so_long(
    llama: Any, tmp_path: Path, patience: int
) -> None:
    training, weights = train(llama, tmp_path, by_novel(epochs=40, patience=patience))
    assert training.stopped == "patience"
    assert training.epochs == training.best_epoch + patience < 40
    _, whole = train(llama, tmp_path / "whole", by_novel())
    assert weights == whole


@pytest.mark.parametrize("last", [2, 4, 7, 10, 14])
def test_a_stopped_run_goes_on_to_the_same_best_epoch(
    llama: Any, tmp_path: Path, last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = by_novel(patience=3)
    whole, _ = stopped_and_resumed(llama, tmp_path, last, recipe, monkeypatch, NOVEL)
    assert (whole.stopped, whole.steps) == ("patience", 3 * (whole.best_epoch + 3))
