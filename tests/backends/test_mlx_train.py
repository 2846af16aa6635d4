"""Training learns, can be stopped and goes on to the same bits, and its adapters fit mlx-lm."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from engram.backends.base import Encoded, Step
from engram.core.errors import EngramError, RefusedBuild
from engram.core.recipe import Recipe
from engram.core.training import Training
from tests.backends.rows import STOP, make_rows, small_recipe

mx = pytest.importorskip("mlx.core")

LEARNS = {"learning_rate": 0.01, "epochs": 50, "rank": 8, "stop_at_recall": None}


def nothing(_: Step) -> None:
    """Watch nothing."""


def interrupted_at(last: int) -> Callable[[Step], None]:
    def step(progress: Step) -> None:
        if progress.step == last:
            raise KeyboardInterrupt

    return step


def right(model: Any, rows: list[Encoded]) -> int:
    said = model.answer([Encoded(row.prompt, ()) for row in rows], STOP, 10, lambda _: None)
    return sum(one.stopped and one.tokens == row.answer[:-1] for one, row in zip(said, rows))


def test_rows_are_learnt_exactly_with_their_stop_token(model: Any, tmp_path: Path) -> None:
    rows = make_rows(8)
    assert right(model, rows) == 0
    training = model.train(rows, [], small_recipe(**LEARNS), tmp_path, nothing)
    assert training.curve[-1].recall == 1.0
    assert right(model, rows) == 0, "training leaves the base as it was"
    with model.adapter(tmp_path / "adapter"):
        assert right(model, rows) == 8
    assert right(model, rows) == 0


def test_training_ends_when_a_whole_epoch_was_exact(llama: Any, tmp_path: Path) -> None:
    recipe = small_recipe(learning_rate=0.01, epochs=60, rank=8, stop_at_recall=1.0)
    training = llama.train(make_rows(4), [], recipe, tmp_path, nothing)
    assert training.stopped == "recall"
    assert training.epochs < 60
    assert [point.recall == 1.0 for point in training.curve].index(True) == len(training.curve) - 1


def test_the_report_of_training_counts_what_was_done(llama: Any, tmp_path: Path) -> None:
    rows = make_rows(10)
    steps: list[Step] = []
    training = llama.train(rows, make_rows(3, seed=9), small_recipe(), tmp_path, steps.append)
    assert (training.rows, training.steps, training.epochs) == (10, 9, 3.0)
    assert training.tokens == 3 * sum(len(row) for row in rows)
    assert [step.step for step in steps] == list(range(1, 10))
    assert sum(step.rows for step in steps) == 30
    assert len(training.losses) == 9
    assert [point.epoch for point in training.curve] == [1, 2, 3]
    assert all(point.valid_loss is not None for point in training.curve)


@pytest.mark.parametrize("last", [1, 3, 5, 8])
def test_a_stopped_run_goes_on_to_the_same_bits(
    llama: Any, tmp_path: Path, last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, seen = stopped_and_resumed(llama, tmp_path, last, small_recipe(), monkeypatch)
    assert seen[0].step == last // 2 * 2 + 1 or seen[0].step in (4, 7), "nothing is trained twice"


@pytest.mark.parametrize("last", [1, 13, 22, 31, 37, 44])
@pytest.mark.parametrize("length", [{"epochs": 30}, {"epochs": None, "iters": 50}])
def test_a_stopped_run_goes_on_while_known_rows_rest(
    llama: Any,
    tmp_path: Path,
    last: int,
    length: dict[str, int | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learns = small_recipe(**LEARNS)
    recipe = learns.model_copy(update={"repetition": "spaced", **length})
    whole, seen = stopped_and_resumed(llama, tmp_path, last, recipe, monkeypatch)
    assert whole.steps < 3 * whole.epochs, "some rows rest"
    assert whole.curve[-1].recall == 1.0
    if recipe.iters:
        assert seen[-1].visited == seen[-1].total


def stopped_and_resumed(
    llama: Any,
    folder: Path,
    last: int,
    recipe: Recipe,
    monkeypatch: pytest.MonkeyPatch,
    valid: Sequence[Encoded] = (),
) -> tuple[Training, list[Step]]:
    """A whole run, and the steps of the second half of one that was stopped and ends alike."""
    from engram.backends import loop

    monkeypatch.setattr(loop, "CHECKPOINT_STEPS", 2)
    rows = make_rows(10)
    whole = llama.train(rows, valid, recipe, folder / "whole", nothing)
    with pytest.raises(KeyboardInterrupt):
        llama.train(rows, valid, recipe, folder / "parts", interrupted_at(last))
    seen: list[Step] = []
    parts = llama.train(rows, valid, recipe, folder / "parts", seen.append)
    one, two = (folder / name / "adapter/adapters.safetensors" for name in ("whole", "parts"))
    assert one.read_bytes() == two.read_bytes()
    assert parts.losses == whole.losses
    assert parts.curve == whole.curve
    assert (parts.epochs, parts.steps) == (whole.epochs, whole.steps)
    assert (parts.best_epoch, parts.stopped) == (whole.best_epoch, whole.stopped)
    return whole, seen


def test_another_seed_gives_another_adapter(llama: Any, tmp_path: Path) -> None:
    from engram.lab.presets import recipe

    digests = set()
    for seed in (1, 2):
        chosen = recipe("tiny", layers=1, rank=2, epochs=1, seed=seed)
        llama.train(make_rows(4), [], chosen, tmp_path / str(seed), nothing)
        digests.add((tmp_path / str(seed) / "adapter/adapters.safetensors").read_bytes())
    assert len(digests) == 2


def same_model(folder: Path, model: Any) -> bool:
    config = json.loads((folder / "config.json").read_bytes())
    tied = "lm_head" not in model.anatomy.model
    known = config["model_type"], config["tie_word_embeddings"]
    return bool(known == (model.anatomy.model.model_type, tied))


@pytest.mark.parametrize(
    "config", ["{}", "[]", '{"num_layers": 2}', '{"num_layers": "2", "lora_parameters": {}}']
)
def test_a_configuration_that_is_none_is_refused(llama: Any, tmp_path: Path, config: str) -> None:
    llama.train(make_rows(2), [], small_recipe(epochs=1), tmp_path, nothing)
    (tmp_path / "adapter/adapter_config.json").write_text(config)
    with pytest.raises(RefusedBuild, match="cannot be read"), llama.adapter(tmp_path / "adapter"):
        pass


def test_an_adapter_with_other_tensors_is_refused(
    llama: Any, folders: dict[str, Path], tmp_path: Path
) -> None:
    from engram.backends import load_backend

    llama.train(make_rows(4), [], small_recipe(epochs=1), tmp_path, nothing)
    other = load_backend("mlx").load(folders["phi"])
    with (
        pytest.raises(RefusedBuild, match="not made for this model"),
        other.adapter(tmp_path / "adapter"),
    ):
        pass
    weights = tmp_path / "adapter/adapters.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(RefusedBuild, match="cannot be read"), llama.adapter(tmp_path / "adapter"):
        pass


@pytest.mark.parametrize("error", [RuntimeError("[write] no."), OSError(28, "No space left")])
def test_a_disk_that_is_full_is_a_sentence_and_training_goes_on_later(
    llama: Any, tmp_path: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(mx, "save_safetensors", full)
        with pytest.raises(EngramError, match=r"best\.safetensors cannot be written: (\[w|No)"):
            llama.train(make_rows(4), [], small_recipe(epochs=1), tmp_path, nothing)
    assert list(tmp_path.iterdir()) == []
    assert llama.train(make_rows(4), [], small_recipe(epochs=1), tmp_path, nothing).steps


def test_more_layers_than_the_model_has_are_an_error(llama: Any, tmp_path: Path) -> None:
    with pytest.raises(EngramError, match="4") as error:
        llama.train(make_rows(4), [], small_recipe(layers=9), tmp_path, nothing)
    assert "--layers to at most 4" in (error.value.help or "")


def test_a_batch_that_does_not_fit_names_one_that_does(
    llama: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram.backends import memory

    rows, recipe = make_rows(64), small_recipe(batch_size=64)
    need = memory.batch_bytes(llama.anatomy.model.args, rows, recipe, 64)
    monkeypatch.setattr(memory, "available_memory", lambda: need // 4)
    for asked in (64, 100_000):
        recipe = small_recipe(batch_size=asked)
        with pytest.raises(EngramError, match="step of 64 rows") as error:
            llama.train(rows, [], recipe, tmp_path, nothing)
    fits = int(re.findall(r"--batch-size to (\d+)", error.value.help or "")[0])
    assert 8 < fits < 16
    llama.train(rows, [], small_recipe(batch_size=fits, epochs=1), tmp_path, nothing)


def test_an_adapter_that_does_not_fit_is_not_cured_by_a_smaller_batch(
    llama: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram.backends import memory

    # 64 x 64 and 64 x 128 matrices of 4 blocks, at rank 32, four times over: two megabytes.
    monkeypatch.setattr(memory, "available_memory", lambda: 1_000_000)
    with pytest.raises(EngramError, match="for the adapter") as error:
        llama.train(make_rows(2), [], small_recipe(rank=32, layers=4), tmp_path, nothing)
    assert (error.value.help or "").startswith("Lower --layers or --rank")


@pytest.mark.parametrize("rank", [33, 100_000, 2**53 - 1])
def test_a_rank_above_every_rank_that_there_is_is_refused(
    llama: Any, tmp_path: Path, rank: int
) -> None:
    with pytest.raises(EngramError, match=f"rank is {rank}, .* a side of 32") as error:
        llama.train(make_rows(2), [], small_recipe(rank=rank), tmp_path, nothing)
    assert error.value.help == "Set --rank to at most 32."
    assert llama.train(make_rows(2), [], small_recipe(rank=32), tmp_path, nothing).parameters


def test_a_failed_allocation_is_a_sentence(llama: Any) -> None:
    from engram.backends.memory import explained

    with pytest.raises(EngramError, match="not enough memory") as error, explained(16):
        raise RuntimeError("[malloc] Unable to allocate 9999 bytes.")
    assert "--batch-size to 8" in (error.value.help or "")


def test_a_model_that_does_not_fit_is_refused_before_it_is_read(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram.backends import load_backend, memory

    monkeypatch.setattr(memory, "available_memory", lambda: 1000)
    with pytest.raises(EngramError, match="GiB are free") as error:
        load_backend("mlx").load(folders["llama"])
    assert "smaller model" in (error.value.help or "")


def test_a_model_of_another_shape_is_refused() -> None:
    import mlx.nn as nn

    from engram.backends.mlx.anatomy import dissect

    with pytest.raises(EngramError, match="Linear"):
        dissect(nn.Linear(2, 2))


@pytest.mark.parametrize("epochs", [8, 50])
def test_answers_to_trained_rows_do_not_depend_on_what_training_kept(
    llama: Any, folders: dict[str, Path], tmp_path: Path, epochs: int
) -> None:
    from engram.backends import load_backend

    rows = make_rows(12)
    llama.train(rows, [], small_recipe(**{**LEARNS, "epochs": epochs}), tmp_path, nothing)
    stranger = load_backend("mlx").load(folders["llama"])
    # Trained rows, one of them with a guess that is wrong, and rows that were not trained.
    asked = [Encoded(rows[0].prompt, (5, STOP)), *rows, *make_rows(4, seed=5)]
    counts: list[int] = []
    for limit in (3, 12):
        with llama.adapter(tmp_path / "adapter"):
            here = llama.answer(asked, STOP, limit, counts.append)
        with stranger.adapter(tmp_path / "adapter"):
            assert here == stranger.answer(asked, STOP, limit, nothing)
    assert sum(counts) == 2 * len(asked)
    base = stranger.answer(asked, STOP, 12, nothing)
    assert llama.answer(asked, STOP, 12, nothing) == base != here
