"""What the laboratory may rely on, whatever computes: mlx, torch, and the test double."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engram.backends import BACKENDS, load_backend
from engram.backends.base import Encoded, Sampling, Step
from engram.core.errors import EngramError, RefusedBuild
from tests.backends.double import TableModel
from tests.backends.rows import STOP, make_rows, small_recipe
from tests.tiny import KINDS

LEARNS = {"learning_rate": 0.01, "epochs": 40, "rank": 8}
HELD = [(name, kind) for name in BACKENDS for kind in KINDS]
ONE_OF_EACH = [(name, "llama") for name in BACKENDS]


def nothing(_: object) -> None:
    """Watch nothing."""


def opened(name: str, kind: str, folders: dict[str, Path]) -> Any:
    if name == "double":
        return TableModel(KINDS.index(kind))
    pytest.importorskip(name, reason=f"the {name} backend needs its extra")
    return load_backend(name).load(folders[kind])


@pytest.fixture(params=[*HELD, ("double", "llama")], ids=lambda held: "-".join(held))
def model(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Any:
    return opened(*request.param, folders)


@pytest.fixture(params=[*ONE_OF_EACH, ("double", "llama")], ids=lambda held: held[0])
def two(request: pytest.FixtureRequest, folders: dict[str, Path]) -> tuple[Any, Any]:
    """Two models of the same backend."""
    name, kind = request.param
    return opened(name, kind, folders), opened(name, "phi", folders)


@pytest.fixture
def one(two: tuple[Any, Any]) -> Any:
    return two[0]


def greedy(model: Any, prompt: tuple[int, ...], limit: int) -> tuple[tuple[int, ...], bool]:
    """Greedy decoding in the plainest way: the whole sequence again for every token."""
    said: tuple[int, ...] = ()
    while len(said) < limit:
        token = int(model.next_token([(*prompt, *said)], nothing)[0].argmax())
        if token == STOP:
            return said, True
        said = (*said, token)
    return said, False


def guesses(prompt: tuple[int, ...], truth: tuple[int, ...], stopped: bool) -> list[Encoded]:
    """Guesses of every kind: right, half right, wrong from the start, too long, and none."""
    whole = (*truth, STOP) if stopped else truth
    half = whole[: len(whole) // 2]
    kinds = [whole, (*half, 21, 22, STOP), (3, *whole), (*whole[:-1], *range(30, 60)), ()]
    return [Encoded(prompt, guess) for guess in kinds]


def test_a_guess_never_changes_an_answer(model: Any) -> None:
    asked: list[Encoded] = []
    expected = []
    for row in make_rows(4, seed=3):
        truth, stopped = greedy(model, row.prompt, 10)
        asked += guesses(row.prompt, truth, stopped)
        expected += [(truth, stopped)] * 5
    said = model.answer(asked, STOP, 10, nothing)
    assert [(one.tokens, one.stopped) for one in said] == expected


@pytest.mark.parametrize("together", [1, 3, 64])
def test_rows_of_several_passes_go_on_together(
    model: Any, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [Encoded(row.prompt, ()) for row in make_rows(8, seed=4)]
    expected = model.answer(rows, STOP, 10, nothing)
    monkeypatch.setattr("engram.backends.decoding.READ_POSITIONS", 1)
    monkeypatch.setattr("engram.backends.decoding.GOING_ROWS", together)
    told: list[int] = []
    assert model.answer(rows, STOP, 10, told.append) == expected
    assert sum(told) == len(rows)


def test_one_answer_alone_is_the_same_as_among_others(model: Any) -> None:
    rows = make_rows(4, seed=5)
    together = model.answer([Encoded(r.prompt, ()) for r in rows], STOP, 10, nothing)
    for row, said in zip(rows, together):
        heard: list[int] = []
        timed = model.time(row.prompt, STOP, 10, heard.append)
        assert timed.answer == said
        assert heard == [*said.tokens, *([STOP] if said.stopped else [])]
        assert 0 < timed.first_token <= timed.total


def test_answers_stop_at_the_stop_token_and_at_the_limit(one: Any) -> None:
    prompt = make_rows(1)[0].prompt
    (said,) = one.answer([Encoded(prompt, ())], -1, 6, nothing)
    (stopped,) = one.answer([Encoded(prompt, ())], said.tokens[0], 6, nothing)
    assert (len(said.tokens), said.stopped) == (6, False)
    assert (stopped.tokens, stopped.stopped) == ((), True)


@pytest.mark.parametrize("shared", [True, False], ids=["common beginning", "nothing in common"])
def test_an_answer_is_as_likely_as_its_tokens_one_by_one(model: Any, shared: bool) -> None:
    rows = make_rows(4, shared=shared)
    for row, found in zip(rows, model.likelihood(rows, 1.0, nothing), strict=True):
        prompts = [(*row.prompt, *row.answer[:at]) for at in range(len(row.answer))]
        logs = model.next_token(prompts, nothing)
        expected = sum(line[token] for line, token in zip(logs, row.answer, strict=True))
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-4)
        np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1.0, rtol=1e-4)


@pytest.mark.parametrize("temperature", [1e-4, 1e4])
def test_no_likelihood_is_more_than_one(one: Any, temperature: float) -> None:
    assert one.likelihood([], temperature, nothing) == []
    found = one.likelihood(make_rows(8), temperature, nothing)
    assert all(-math.inf < log <= 0 for log in found)


def test_samples_repeat_for_a_seed_and_differ_between_seeds(one: Any) -> None:
    prompts = [row.prompt for row in make_rows(4)]
    hot = Sampling(runs=3, temperature=2.0, seed=1, limit=8)
    first, again = (one.sample(prompts, STOP, hot, nothing) for _ in range(2))
    other = one.sample(prompts, STOP, Sampling(3, 2.0, 2, 8), nothing)
    assert first == again != other
    assert len({said.tokens for said in first[0]}) > 1
    assert one.sample([], STOP, hot, nothing) == []


def test_samples_near_temperature_zero_are_the_greedy_answer(one: Any) -> None:
    prompts = [row.prompt for row in make_rows(3)]
    expected = one.answer([Encoded(prompt, ()) for prompt in prompts], STOP, 5, nothing)
    cold = one.sample(prompts, STOP, Sampling(2, 1e-4, 1, 5), nothing)
    assert cold == [[said, said] for said in expected]


def test_first_tokens_are_drawn_as_often_as_they_are_likely(one: Any) -> None:
    (row,) = make_rows(1)
    odds = np.exp(one.next_token([row.prompt], nothing)[0].astype(np.float64) / 0.5)
    odds /= odds.sum()
    (drawn,) = one.sample([row.prompt], -1, Sampling(4000, 0.5, 3, 1), nothing)
    counts = np.bincount([said.tokens[0] for said in drawn], minlength=len(odds)) / 4000
    assert np.abs(counts - odds).max() < 6 * 0.5 / math.sqrt(4000)


def test_progress_counts_every_row(one: Any) -> None:
    done: list[int] = []
    rows = make_rows(40)
    prompts = [row.prompt for row in rows]
    one.answer(rows, STOP, 2, done.append)
    one.next_token(prompts, done.append)
    one.likelihood(rows, 1.0, done.append)
    one.sample(prompts, STOP, Sampling(runs=2, temperature=1.0, seed=1, limit=2), done.append)
    assert sum(done) == 5 * 40


def right(model: Any, rows: list[Encoded]) -> int:
    said = model.answer([Encoded(row.prompt, ()) for row in rows], STOP, 10, nothing)
    return sum(one.stopped and one.tokens == row.answer[:-1] for one, row in zip(said, rows))


def test_rows_are_learnt_exactly_and_the_base_stays_as_it_was(model: Any, tmp_path: Path) -> None:
    rows = make_rows(8)
    prompts = [row.prompt for row in rows]
    before = model.next_token(prompts, nothing)
    training = model.train(rows, [], small_recipe(**LEARNS), tmp_path, nothing)
    assert training.curve[-1].recall == 1.0
    assert training.rows == 8
    np.testing.assert_array_equal(model.next_token(prompts, nothing), before)
    with model.adapter(tmp_path / "adapter"):
        assert right(model, rows) == 8
        # Asked with their answers as guesses, and from what training kept of them.
        assert [one.tokens for one in model.answer(rows, STOP, 10, nothing)] == [
            row.answer[:-1] for row in rows
        ]
    assert right(model, rows) == 0
    np.testing.assert_array_equal(model.next_token(prompts, nothing), before)
    model.forget_checkpoint(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def stop_at(last: int) -> Callable[[Step], None]:
    def step(progress: Step) -> None:
        if progress.step == last:
            raise KeyboardInterrupt

    return step


@pytest.mark.parametrize("last", [1, 4])
def test_a_stopped_run_goes_on_to_the_same_bytes(
    one: Any, tmp_path: Path, last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram.backends import loop

    monkeypatch.setattr(loop, "CHECKPOINT_STEPS", 3)
    rows, prompts, recipe = make_rows(10), [row.prompt for row in make_rows(5, 1)], small_recipe()
    whole = one.train(rows, rows[:2], recipe, tmp_path / "whole", nothing, rehearsed=prompts)
    with suppress(KeyboardInterrupt):  # the double is done before it could be stopped
        one.train(rows, rows[:2], recipe, tmp_path / "parts", stop_at(last), rehearsed=prompts)
    parts = one.train(rows, rows[:2], recipe, tmp_path / "parts", nothing, rehearsed=prompts)
    assert parts.model_dump(exclude={"seconds"}) == whole.model_dump(exclude={"seconds"})
    adapters = [sorted((tmp_path / name / "adapter").iterdir()) for name in ("whole", "parts")]
    assert [path.read_bytes() for path in adapters[0]] == [p.read_bytes() for p in adapters[1]]


def test_an_adapter_of_another_model_or_a_damaged_one_is_refused(
    two: tuple[Any, Any], tmp_path: Path
) -> None:
    one, other = two
    one.train(make_rows(2), [], small_recipe(epochs=1), tmp_path, nothing)
    with pytest.raises(RefusedBuild, match="not made for this model"):
        other.adapter(tmp_path / "adapter").__enter__()
    for path in (tmp_path / "adapter").iterdir():
        path.write_bytes(path.read_bytes()[:10])
    with pytest.raises(RefusedBuild, match="cannot be read"):
        one.adapter(tmp_path / "adapter").__enter__()


def test_more_layers_than_the_model_has_are_an_error(one: Any, tmp_path: Path) -> None:
    with pytest.raises(EngramError, match=r"has 4\.") as error:
        one.train(make_rows(4), [], small_recipe(layers=9), tmp_path, nothing)
    assert error.value.help == "Set --layers to at most 4."
