"""What is fast is also exact: the same losses, gradients and answers as the plain way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engram.backends.base import Encoded, Sampling
from tests.backends.rows import STOP, make_rows, small_recipe

mx = pytest.importorskip("mlx.core")


def nothing(_: int) -> None:
    """Watch nothing."""


def plain_loss(anatomy: Any, rows: list[Encoded]) -> Any:
    """The mean loss over all answer tokens, one row at a time, with nothing shared or kept."""
    import mlx.nn as nn

    losses = []
    for row in rows:
        tokens = mx.array([*row.prompt, *row.answer])
        logits = anatomy.model(tokens[None, :-1])[0, len(row.prompt) - 1 :]
        losses.append(nn.losses.cross_entropy(logits, mx.array(row.answer)))
    return mx.concatenate(losses).mean()


def disturb(model: Any) -> None:
    """An adapter whose second factor is not zero, so that every gradient has something to say."""
    from engram.backends.mlx.tensors import trainable

    own = trainable(model).items()
    noise = [(name, value + mx.random.normal(value.shape) * 0.1) for name, value in own]
    model.load_weights(noise, strict=False)


@pytest.mark.parametrize("method", ["lora", "dora", "full"])
@pytest.mark.parametrize("shared", [True, False], ids=["common beginning", "nothing in common"])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_loss_and_gradients_equal_those_of_the_plain_computation(
    model: Any, tmp_path: Any, layers: int, shared: bool, method: str
) -> None:
    import mlx.nn as nn

    from engram.backends.mlx import adapter
    from engram.backends.mlx.tensors import flat
    from engram.backends.mlx.train import MlxLearner

    rows, recipe = make_rows(6, shared=shared), small_recipe(layers=layers, method=method)
    adapter.put_on(model.anatomy.model, recipe)
    disturb(model.anatomy.model)
    learner = MlxLearner(model.anatomy, rows, [], recipe, tmp_path)
    (fast, _), fast_gradient = learner.gradient(learner.trained.batch(range(len(rows))), 0)
    plain = nn.value_and_grad(model.anatomy.model, lambda: plain_loss(model.anatomy, rows))
    slow, slow_gradient = plain()
    assert fast.item() == pytest.approx(slow.item(), rel=1e-5)
    expected = flat(slow_gradient)
    found = flat(fast_gradient)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=2e-3, atol=2e-6, err_msg=name)


def test_kept_activations_change_nothing(llama: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from engram.backends import kept
    from engram.backends.mlx.examples import MlxExamples

    rows = make_rows(5)
    keeps = MlxExamples(llama.anatomy, rows, 2)
    monkeypatch.setattr(kept, "IN_MEMORY", 0)
    computed = MlxExamples(llama.anatomy, rows, 2)
    assert keeps.states.kept
    assert not computed.states.kept
    one, two = (e.features(e.batch([4, 0, 2]), e.beginning()) for e in (keeps, computed))
    np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-5)


def greedy(model: Any, prompt: tuple[int, ...], limit: int) -> tuple[list[int], bool]:
    """Greedy decoding in the plainest way: the whole sequence through the model for every token."""
    said: list[int] = []
    while len(said) < limit:
        logits = model.anatomy.model(mx.array([[*prompt, *said]]))[0, -1]
        said.append(int(mx.argmax(logits).item()))
        if said[-1] == STOP:
            return said[:-1], True
    return said, False


def guesses(prompt: tuple[int, ...], truth: list[int], stopped: bool) -> list[Encoded]:
    """Guesses of every kind: right, half right, wrong from the start, too long, and none."""
    whole = (*truth, STOP) if stopped else tuple(truth)
    half = whole[: len(whole) // 2]
    return [
        Encoded(prompt, whole),
        Encoded(prompt, (*half, 21, 22, STOP)),
        Encoded(prompt, (3, *whole)),
        Encoded(prompt, (*whole[:-1], *range(30, 60))),
        Encoded(prompt, ()),
    ]


def test_a_guess_never_changes_an_answer(model: Any) -> None:
    limit = 12
    asked: list[Encoded] = []
    expected = []
    for row in make_rows(5, seed=3):
        truth, stopped = greedy(model, row.prompt, limit)
        asked += guesses(row.prompt, truth, stopped)
        expected += [(tuple(truth), stopped)] * 5
    said = model.answer(asked, STOP, limit, nothing)
    assert [(one.tokens, one.stopped) for one in said] == expected


def test_one_answer_alone_is_the_same_as_among_others(model: Any) -> None:
    rows = make_rows(4, seed=5)
    together = model.answer([Encoded(r.prompt, ()) for r in rows], STOP, 10, nothing)
    for row, said in zip(rows, together):
        heard: list[int] = []
        timed = model.time(row.prompt, STOP, 10, heard.append)
        assert timed.answer == said
        assert heard == [*said.tokens, *([STOP] if said.stopped else [])]
        assert 0 < timed.first_token <= timed.total


def test_answers_stop_at_the_stop_token_and_at_the_limit(llama: Any) -> None:
    rows = make_rows(3)
    (one, *_) = llama.answer([Encoded(rows[0].prompt, ())], STOP, 6, nothing)
    first = one.tokens[0]
    (stopped,) = llama.answer([Encoded(rows[0].prompt, ())], first, 6, nothing)
    assert (len(one.tokens), one.stopped) == (6, False)
    assert (stopped.tokens, stopped.stopped) == ((), True)


def test_progress_counts_every_row(llama: Any) -> None:
    done: list[int] = []
    rows = make_rows(70)
    prompts = [row.prompt for row in rows]
    llama.answer(rows, STOP, 4, done.append)
    assert sum(done) == 70
    llama.sample(prompts, STOP, Sampling(runs=2, temperature=1.0, seed=1, limit=2), done.append)
    assert sum(done) == 3 * 70
    llama.next_token(prompts, done.append)
    assert sum(done) == 4 * 70


def test_samples_repeat_for_a_seed_and_differ_between_seeds(model: Any) -> None:
    prompts = [row.prompt for row in make_rows(4)]
    hot = Sampling(runs=3, temperature=2.0, seed=1, limit=8)
    first, again = (model.sample(prompts, STOP, hot, nothing) for _ in range(2))
    other = model.sample(prompts, STOP, Sampling(3, 2.0, 2, 8), nothing)
    assert first == again
    assert first != other
    assert len({one.tokens for one in first[0]}) > 1


def test_samples_near_temperature_zero_are_the_greedy_answer(llama: Any) -> None:
    prompts = [row.prompt for row in make_rows(3)]
    (greedy_answer,) = llama.answer([Encoded(prompts[0], ())], STOP, 5, nothing)
    how = Sampling(runs=2, temperature=1e-4, seed=1, limit=5)
    cold = llama.sample(prompts, STOP, how, nothing)
    assert cold[0] == [greedy_answer, greedy_answer]


def test_drawn_tokens_follow_the_distribution() -> None:
    from engram.backends.mlx.model import drawn

    odds = np.array([0.1, 0.6, 0.3], dtype=np.float32)
    logits = mx.broadcast_to(mx.log(mx.array(odds)), (20_000, 3))
    counts = np.bincount(np.array(drawn(logits, 1.0, mx.random.key(0))), minlength=3)
    np.testing.assert_allclose(counts / 20_000, odds, atol=0.02)


def test_next_token_distributions_are_those_of_the_plain_model(model: Any) -> None:
    prompts = [row.prompt for row in make_rows(5)]
    found = model.next_token(prompts, nothing)
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1.0, rtol=1e-4)
    for prompt, line in zip(prompts, found):
        logits = model.anatomy.model(mx.array([prompt]))[0, -1]
        np.testing.assert_allclose(line, logits - mx.logsumexp(logits), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("spread", [0.1, 4.0, 40.0])
def test_token_losses_and_their_gradients_are_cross_entropy(spread: float) -> None:
    import mlx.nn as nn

    from engram.backends.mlx.loss import token_losses

    logits = mx.random.normal((9, 500), key=mx.random.key(1)) * spread
    targets = mx.arange(9) * 50
    ours = mx.value_and_grad(lambda x: token_losses(x, targets).mean())(logits)
    theirs = mx.value_and_grad(lambda x: nn.losses.cross_entropy(x, targets).mean())(logits)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-4, atol=1e-7)
