"""LoRA, DoRA and full tuning keep the same promises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engram.backends.base import Lowered
from engram.backends.plan import Schedule
from engram.core.errors import EngramError, RefusedBuild
from engram.core.recipe import Recipe
from tests.backends.rows import make_rows, small_recipe
from tests.backends.test_mlx_train import right, same_model, stopped_and_resumed

mx = pytest.importorskip("mlx.core")

METHODS = ["lora", "dora", "full"]
# An adapter is a product of two small matrices, and needs larger steps.
LEARNS = {"lora": 0.01, "dora": 0.01, "full": 0.002}
each_method = pytest.mark.parametrize("method", METHODS)


def nothing(_: object) -> None:
    """Watch nothing."""


def learning(method: str, **changes: Any) -> Recipe:
    rank = {} if method == "full" else {"rank": 8}
    values = {"learning_rate": LEARNS[method], "epochs": 50, **rank, **changes}
    return small_recipe(method=method, **values)


def weights_of(model: Any) -> dict[str, Any]:
    from engram.backends.mlx.tensors import flat

    return flat(model.anatomy.model.parameters())


def assert_as_before(model: Any, before: dict[str, Any]) -> None:
    after = weights_of(model)
    assert after.keys() == before.keys()
    for name, value in before.items():
        assert after[name].dtype == value.dtype
        assert mx.array_equal(after[name], value), name


@each_method
def test_rows_are_learnt_exactly_and_the_base_stays_as_it_was(
    model: Any, tmp_path: Path, method: str
) -> None:
    rows, before = make_rows(8), weights_of(model)
    training = model.train(rows, [], learning(method), tmp_path, nothing)
    assert training.curve[-1].recall == 1.0
    assert_as_before(model, before)
    assert right(model, rows) == 0
    with model.adapter(tmp_path / "adapter"):
        assert right(model, rows) == 8
    assert_as_before(model, before)


@each_method
def test_what_is_just_put_on_changes_nothing(model: Any, method: str) -> None:
    from engram.backends.mlx import adapter

    prompts = [row.prompt for row in make_rows(4)]
    before = model.next_token(prompts, nothing)
    worn = adapter.put_on(model.anatomy.model, small_recipe(method=method))
    assert worn.layers == 2
    np.testing.assert_allclose(model.next_token(prompts, nothing), before, rtol=0, atol=2e-6)
    worn.take_off()
    np.testing.assert_array_equal(model.next_token(prompts, nothing), before)


def test_full_tuning_trains_all_of_the_top_blocks_and_nothing_else(llama: Any) -> None:
    from engram.backends.mlx import adapter
    from engram.backends.mlx.tensors import trainable

    worn = adapter.put_on(llama.anatomy.model, small_recipe(method="full"))
    names = {
        name for name in weights_of(llama) if name.startswith(("model.layers.2", "model.layers.3"))
    }
    assert trainable(llama.anatomy.model).keys() == names
    assert any("norm" in name for name in names)
    assert worn.parameters == sum(weights_of(llama)[name].size for name in names)
    worn.take_off()
    assert not trainable(llama.anatomy.model)


def test_weights_of_half_precision_are_tuned_in_single(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    from mlx_lm.utils import load_model

    from engram.backends.mlx import adapter
    from engram.backends.mlx.model import MlxModel
    from engram.backends.mlx.tensors import trainable

    plain, _ = load_model(folders["llama"])
    plain.set_dtype(mx.bfloat16)
    llama = MlxModel(plain, "bfloat16", "cpu")
    before = weights_of(llama)
    worn = adapter.put_on(llama.anatomy.model, small_recipe(method="full"))
    assert {value.dtype for value in trainable(llama.anatomy.model).values()} == {mx.float32}
    worn.take_off()
    assert_as_before(llama, before)
    rows = make_rows(8)
    llama.train(rows, [], learning("full"), tmp_path, nothing)
    assert_as_before(llama, before)
    with llama.adapter(tmp_path / "adapter"):
        assert right(llama, rows) == 8
    assert_as_before(llama, before)


@each_method
@pytest.mark.parametrize("last", [3, 5])
def test_a_stopped_run_goes_on_to_the_same_bits(
    llama: Any, tmp_path: Path, method: str, last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_and_resumed(llama, tmp_path, last, small_recipe(method=method), monkeypatch)


@each_method
def test_what_diverges_goes_back_to_the_base_or_the_best_epoch(
    llama: Any, tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, first = make_rows(12), {}
    for name, ruin in (("start", (0.03, 0.05)), ("best", (0.4, 0.45))):
        told: list[Lowered] = []
        monkeypatch.setattr(
            Schedule,
            "rate",
            lambda _, _step, done, ruin=ruin: 1e30 if ruin[0] < done < ruin[1] else 1e-3,
        )
        recipe, folder = small_recipe(epochs=8, method=method), tmp_path / name
        training = llama.train(rows, [], recipe, folder, nothing, on_lowered=told.append)
        assert training.stopped == "finished"
        after = [point for point in training.losses if point.step > told[0].step]
        first[name] = told[0].epoch, after[0].loss, training
    epoch, loss, training = first["start"]
    assert (epoch, loss) == (0, pytest.approx(training.losses[0].loss, rel=0.2))
    epoch, loss, training = first["best"]
    assert (epoch, loss) == (3, pytest.approx(training.curve[2].loss, rel=0.25))


@each_method
def test_mlx_lm_loads_what_was_trained_and_computes_the_same(
    model: Any, folders: dict[str, Path], tmp_path: Path, method: str
) -> None:
    from mlx_lm import load

    rows = make_rows(4)
    model.train(rows, [], small_recipe(method=method), tmp_path, nothing)
    path = next(folder for folder in folders.values() if same_model(folder, model))
    theirs, _ = load(str(path), adapter_path=str(tmp_path / "adapter"))
    base, _ = load(str(path))
    tokens = mx.array([rows[0].prompt])
    with model.adapter(tmp_path / "adapter"):
        ours = model.anatomy.model(tokens)
    np.testing.assert_allclose(ours, theirs(tokens), rtol=1e-4, atol=1e-5)
    assert not np.allclose(ours, base(tokens), atol=1e-3)


@each_method
def test_the_configuration_names_the_method_in_the_words_of_mlx_lm(
    llama: Any, tmp_path: Path, method: str
) -> None:
    llama.train(make_rows(2), [], small_recipe(method=method, epochs=1), tmp_path, nothing)
    config = json.loads((tmp_path / "adapter/adapter_config.json").read_bytes())
    assert (config["fine_tune_type"], config["num_layers"]) == (method, 2)
    assert ("lora_parameters" in config) == (method != "full")


@each_method
def test_an_adapter_for_another_model_or_method_is_refused(
    llama: Any, folders: dict[str, Path], tmp_path: Path, method: str
) -> None:
    from engram.backends import load_backend

    llama.train(make_rows(2), [], small_recipe(method=method, epochs=1), tmp_path, nothing)
    folder, other = tmp_path / "adapter", load_backend("mlx").load(folders["phi"])
    for kind in (*METHODS, None):
        config = json.loads((folder / "adapter_config.json").read_bytes())
        if kind != method:
            changed = {**config, "fine_tune_type": kind or "sideways"}
            (folder / "adapter_config.json").write_text(json.dumps(changed))
            before = weights_of(llama)
            with pytest.raises(RefusedBuild), llama.adapter(folder):
                pass
            assert_as_before(llama, before)
            (folder / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(RefusedBuild, match="not made for this model"), other.adapter(folder):
        pass


def test_blocks_that_do_not_fit_are_told_without_a_word_of_rank(
    llama: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram.backends import memory

    monkeypatch.setattr(memory, "available_memory", lambda: 1_000_000)
    recipe = small_recipe(method="full", layers=4)
    with pytest.raises(EngramError, match="most of it for what is trained") as error:
        llama.train(make_rows(2), [], recipe, tmp_path, nothing)
    assert error.value.help == "Lower --layers, or choose a smaller model."
