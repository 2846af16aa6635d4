"""MLX and torch compute the same: gradients, losses, answers, and each other's adapters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engram import models
from engram.backends import load_backend
from engram.backends.base import Encoded
from engram.backends.plan import Schedule, epoch_batches
from engram.core.recipe import Recipe
from tests.backends.rows import make_rows, small_recipe
from tests.effort import effort
from tests.tiny import KINDS

mx = pytest.importorskip("mlx.core", reason="the MLX backend needs the run extra")
torch = pytest.importorskip("torch", reason="the torch backend needs the torch extra")

METHODS = ["lora", "dora", "full"]
STEPS = 20
CORPORA = Path(__file__).parents[2] / "corpora"
Learners = tuple[Any, Any]


def nothing(_: object) -> None:
    """Watch nothing."""


def both(folder: Path) -> tuple[Any, Any]:
    return tuple(load_backend(name, "float32").load(folder) for name in ("mlx", "torch"))


@contextmanager
def learners(
    held: tuple[Any, Any], rows: Sequence[Encoded], recipe: Recipe, folder: Path
) -> Iterator[Learners]:
    """Learners of both whose adapters are the same, and no longer change nothing."""
    prompts = [row.prompt for row in make_rows(5, seed=8)]
    worn = [model.put_on(recipe) for model in held]
    found = [model.learner(rows, [], recipe, folder, nothing, prompts, nothing) for model in held]
    draw = np.random.default_rng(3)
    weights = {
        name: np.array(value) + 0.01 * draw.standard_normal(value.shape).astype(np.float32)
        for name, value in found[0].weights().items()
    }
    found[0].put({name: mx.array(value) for name, value in weights.items()})
    found[1].put({name: torch.tensor(value) for name, value in weights.items()})
    yield found[0], found[1]
    for one in worn:
        one.take_off()


def gradients(pair: Learners, indices: Sequence[int]) -> list[dict[str, Any]]:
    """Of the loss of the first step, by the names of what is trained."""
    from engram.backends.mlx.tensors import flat

    ours, theirs = pair
    _, found = ours.gradient(ours.trained.batch(indices), 0)
    theirs.loss(theirs.trained.batch(indices), 0)[0].backward()
    there = {name: value.grad.numpy() for name, value in theirs.parts.items()}
    return [{name: np.array(value) for name, value in flat(found).items()}, there]


def assert_alike(pair: Learners, rows: Sequence[Encoded], recipe: Recipe) -> None:
    """Gradients at step 0 to 1e-4, and so many losses to 1e-3, absolute and relative."""
    size = recipe.batch_size
    batches = [
        batch
        for epoch in range(STEPS)
        for batch in epoch_batches(rows, range(len(rows)), size, recipe.seed, epoch)
    ][:STEPS]
    one, other = gradients(pair, batches[0])
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_allclose(other[name], value, rtol=1e-4, atol=1e-4, err_msg=name)
    schedule = Schedule(recipe, len(rows))
    told = [
        [learner.step(batch, step, schedule.rate(step, step / STEPS)) for learner in pair]
        for step, batch in enumerate(batches)
    ]
    losses = np.array([[one.loss for one in step] for step in told])
    np.testing.assert_allclose(losses[:, 1], losses[:, 0], rtol=1e-3, atol=1e-3)
    drifts = np.array([[one.drift for one in step] for step in told])
    np.testing.assert_allclose(drifts[:, 1], drifts[:, 0], rtol=1e-2, atol=1e-3)
    assert np.ptp(losses[:, 0]) > 0.1, "something was learnt"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_and_losses_are_the_same(
    folders: dict[str, Path], tmp_path: Path, kind: str, method: str
) -> None:
    rows, recipe = make_rows(10), small_recipe(method=method, rehearsal_batch=3)
    held = both(folders[kind])
    with learners(held, rows, recipe, tmp_path) as pair:
        assert_alike(pair, rows, recipe)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["llama", "phi"])
def test_an_adapter_of_one_loads_in_the_other(
    folders: dict[str, Path], tmp_path: Path, kind: str, method: str
) -> None:
    rows, held = make_rows(6), both(folders[kind])
    prompts = [row.prompt for row in rows]
    for number, trainer in enumerate(held):
        folder = tmp_path / str(number)
        recipe = small_recipe(method=method, epochs=4, learning_rate=0.01)
        trainer.train(rows, [], recipe, folder, nothing)
        base, found = trainer.next_token(prompts, nothing), []
        for model in held:
            with model.adapter(folder / "adapter"):
                found.append(model.next_token(prompts, nothing))
        np.testing.assert_allclose(found[1], found[0], rtol=1e-3, atol=1e-3)
        assert np.abs(found[0] - base).max() > 0.1


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Any, Any], Any, Any]:
    """The default model in both, and the build of the shipped corpora with what encodes it."""
    from engram import compile_corpora, verify_build
    from engram.lab.prompt import prompter

    model = models.pull(models.DEFAULT)
    built = compile_corpora(CORPORA, tmp_path_factory.mktemp("both") / "build")
    encoder = prompter(model.folder, model.context_length)
    return both(model.folder), verify_build(built.manifest_path), encoder


@pytest.mark.weights
def test_real_weights_learn_and_answer_the_same(default: Any, tmp_path: Path) -> None:
    from engram.lab.presets import recipe
    from engram.lab.prompt import encode_rows

    held, build, prompter = default
    rows = encode_rows(prompter, build, build.rows["train"][:12])
    chosen = recipe(batch_size=4, rehearsed=8)
    with learners(held, rows, chosen, tmp_path) as pair:
        assert_alike(pair, rows, chosen)
        pair[1].save_adapter(tmp_path / "adapter")
    asked = encode_rows(prompter, build, build.rows["test"])[: effort(16, nightly=10_000)]
    for wears in (False, True):
        said = [answers(model, asked, prompter.stop, wears, tmp_path / "adapter") for model in held]
        same = sum(one == other for one, other in zip(*said, strict=True))
        assert same >= 0.99 * len(asked), f"{same} of {len(asked)}, adapter: {wears}"


def answers(model: Any, asked: list[Encoded], stop: int, wears: bool, folder: Path) -> Any:
    if not wears:
        return model.answer(asked, stop, 16, nothing)
    with model.adapter(folder):
        return model.answer(asked, stop, 16, nothing)
