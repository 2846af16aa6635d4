"""Rehearsal holds what the base says to other prompts, and is computed exactly."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engram.backends.base import Step
from tests.backends.rows import make_rows, small_recipe
from tests.backends.test_mlx_exact import disturb

mx = pytest.importorskip("mlx.core")

PROMPTS = [row.prompt for row in make_rows(7, seed=9)]


def nothing(_: Step) -> None:
    """Watch nothing."""


def log_odds(model: Any, prompt: tuple[int, ...]) -> Any:
    """The log-probabilities of the next token, by the model's own forward pass."""
    logits = model.anatomy.model(mx.array([prompt]))[0, -1]
    return logits - mx.logsumexp(logits)


@pytest.mark.parametrize(
    ("size", "method"), [(2, "lora"), (3, "lora"), (7, "lora"), (3, "dora"), (3, "full")]
)
def test_loss_and_gradients_equal_those_of_the_plain_computation(
    model: Any, tmp_path: Path, size: int, method: str
) -> None:
    import mlx.nn as nn

    from engram.backends.mlx import adapter
    from engram.backends.mlx.tensors import flat
    from engram.backends.mlx.train import MlxLearner

    recipe = small_recipe(method=method, rehearsal_batch=size, rehearsal_weight=0.7)
    base = {prompt: log_odds(model, prompt) for prompt in PROMPTS}
    adapter.put_on(model.anatomy.model, recipe)
    rows = make_rows(4)
    learner = MlxLearner(model.anatomy, rows, [], recipe, tmp_path, rehearsed=PROMPTS)
    disturb(model.anatomy.model)
    chosen = [PROMPTS[index - len(rows)] for index in learner.rehearsal.batch(5)]

    def plain() -> Any:
        losses, drifts = [], []
        for row in rows:
            logits = model.anatomy.model(mx.array([*row.prompt, *row.answer])[None, :-1])[0]
            targets = mx.array(row.answer)
            losses.append(nn.losses.cross_entropy(logits[len(row.prompt) - 1 :], targets))
        for prompt in chosen:
            known = base[prompt]
            drifts.append((mx.exp(known) * (known - log_odds(model, prompt))).sum())
        return mx.concatenate(losses).mean() + 0.7 * mx.stack(drifts).mean()

    batch = learner.trained.batch(range(len(rows)))
    (fast, (loss, drift, *_)), fast_gradient = learner.gradient(batch, 5)
    slow, slow_gradient = nn.value_and_grad(model.anatomy.model, plain)()
    assert len(chosen) in {size, 7 % size}
    assert drift.item() > 0
    assert fast.item() == pytest.approx(loss.item() + 0.7 * drift.item(), rel=1e-6)
    assert fast.item() == pytest.approx(slow.item(), rel=1e-5)
    found = flat(fast_gradient)
    for name, value in flat(slow_gradient).items():
        np.testing.assert_allclose(found[name], value, rtol=2e-3, atol=2e-6, err_msg=name)


def test_rows_are_rehearsed_in_turn(llama: Any) -> None:
    from engram.backends.mlx.examples import MlxExamples
    from engram.backends.plan import as_rows
    from engram.backends.rehearsal import Rehearsal

    examples = MlxExamples(llama.anatomy, [*make_rows(3), *as_rows(PROMPTS)], 2)
    rehearsal = Rehearsal(examples, 3, small_recipe(rehearsal_batch=3))
    turns = [[rehearsal.batch(3 * turn + step) for step in range(3)] for turn in range(4)]
    for turn in turns:
        assert Counter(index for batch in turn for index in batch) == Counter(range(3, 10))
    assert len({str(turn) for turn in turns}) > 1, "not always in the same order"


def test_what_is_rehearsed_stays_nearer_to_the_base(llama: Any, tmp_path: Path) -> None:
    rows, before = make_rows(8), llama.next_token(PROMPTS, lambda _: None)
    drift = {}
    for weight, prompts in ((0.0, ()), (1.0, PROMPTS)):
        recipe = small_recipe(learning_rate=0.01, epochs=30, rank=8, rehearsal_weight=weight)
        folder = tmp_path / str(weight)
        done = llama.train(rows, [], recipe, folder, nothing, rehearsed=prompts)
        assert done.curve[-1].recall == 1.0
        with llama.adapter(folder / "adapter"):
            after = llama.next_token(PROMPTS, lambda _: None)
        drift[weight] = (np.exp(before) * (before - after)).sum(axis=1).mean()
    assert drift[1.0] < drift[0.0] / 4


def test_the_drift_of_every_step_is_told_and_begins_with_none(llama: Any, tmp_path: Path) -> None:
    recipe = small_recipe(learning_rate=0.01)
    done = llama.train(make_rows(8), [], recipe, tmp_path, nothing, rehearsed=PROMPTS)
    first, *others = [point.drift for point in done.losses]
    assert first == pytest.approx(0, abs=1e-6)
    assert all(drift > 1e-6 for drift in others)


def test_without_rehearsal_no_drift_is_told(llama: Any, tmp_path: Path) -> None:
    done = llama.train(make_rows(4), [], small_recipe(), tmp_path, nothing)
    assert {point.drift for point in done.losses} == {None}


def test_a_stopped_run_rehearses_on_to_the_same_bits(
    llama: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram.backends import loop

    monkeypatch.setattr(loop, "CHECKPOINT_STEPS", 3)
    rows, recipe = make_rows(10), small_recipe(rehearsal_batch=3)

    def stop_at_5(step: Step) -> None:
        if step.step == 5:
            raise KeyboardInterrupt

    whole = llama.train(rows, [], recipe, tmp_path / "whole", nothing, rehearsed=PROMPTS)
    with pytest.raises(KeyboardInterrupt):
        llama.train(rows, [], recipe, tmp_path / "parts", stop_at_5, rehearsed=PROMPTS)
    parts = llama.train(rows, [], recipe, tmp_path / "parts", nothing, rehearsed=PROMPTS)
    assert [p.drift for p in parts.losses] == [p.drift for p in whole.losses]
    name = "adapter/adapters.safetensors"
    assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_the_cheap_divergence_is_the_divergence() -> None:
    from engram.backends.mlx.loss import divergences

    tuned, base = (mx.random.normal((5, 300), key=mx.random.key(i)) * 8 for i in range(2))
    weights = mx.array([1.0, 2.0, 0.5, 0.0, -3.0])
    found, slope = mx.value_and_grad(lambda x: (divergences(x, base) * weights).sum())(tuned)
    a, b = (np.array(x, dtype=np.float64) for x in (tuned, base))
    log_p, log_q = (x - np.log(np.exp(x).sum(axis=1, keepdims=True)) for x in (a, b))
    expected = (np.exp(log_q) * (log_q - log_p)).sum(axis=1)
    np.testing.assert_allclose(np.array(divergences(tuned, base)), expected, rtol=1e-5)
    assert found.item() == pytest.approx((expected * np.array(weights)).sum(), rel=1e-5)
    gradient = (np.exp(log_p) - np.exp(log_q)) * np.array(weights)[:, None]
    np.testing.assert_allclose(np.array(slope), gradient, atol=3e-6)


def test_in_lower_precision_the_divergence_is_the_same_but_for_rounding() -> None:
    from engram.backends.mlx.loss import divergences

    tuned, base = (mx.random.normal((5, 300), key=mx.random.key(i)) for i in range(2))
    exact = np.array(divergences(tuned, base))
    half = divergences(tuned.astype(mx.bfloat16), base.astype(mx.bfloat16))
    assert half.dtype == mx.float32
    np.testing.assert_allclose(np.array(half), exact, rtol=0.03)
