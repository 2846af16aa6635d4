"""The likelihood of an answer is that of the plain model, and what sampling really does."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engram.backends.base import Encoded, Generated, Sampling
from engram.lab.consistency import whole
from engram.lab.stats import same_answer_bounds, same_answer_rate
from tests.backends.rows import STOP, make_rows, small_recipe
from tests.effort import effort

mx = pytest.importorskip("mlx.core")

LIMIT = 3
SAMPLES = 600
SIGMAS = 6  # a fair sample is outside once in 500 million


def nothing(_: int) -> None:
    """Watch nothing."""


def plain(model: Any, row: Encoded, temperature: float) -> float:
    """The sum of log softmax(logits / T) in float64, one row through mlx-lm's own model."""
    tokens = mx.array([[*row.prompt, *row.answer]])
    logits = np.array(model.anatomy.model(tokens)[0].astype(mx.float32), dtype=np.float64)
    logits = logits[len(row.prompt) - 1 : -1] / temperature
    top = logits.max(axis=-1, keepdims=True)
    logs = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return float(logs[np.arange(len(row.answer)), row.answer].sum())


@pytest.mark.parametrize("shared", [True, False], ids=["common beginning", "nothing in common"])
@pytest.mark.parametrize("temperature", [0.1, 0.7, 1.0, 3.0])
def test_it_is_that_of_the_plain_model(model: Any, temperature: float, shared: bool) -> None:
    rows = make_rows(40, shared=shared)
    done: list[int] = []
    found = model.likelihood(rows, temperature, done.append)
    expected = [plain(model, row, temperature) for row in rows]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-5)
    assert sum(done) == len(rows)


@pytest.mark.parametrize("method", ["lora", "dora", "full"])
def test_it_is_that_of_the_plain_model_with_what_is_tuned(model: Any, method: str) -> None:
    from engram.backends.mlx import adapter
    from tests.backends.test_mlx_exact import disturb

    rows = make_rows(5)
    before = model.likelihood(rows, 0.7, nothing)
    worn = adapter.put_on(model.anatomy.model, small_recipe(method=method))
    disturb(model.anatomy.model)
    found = model.likelihood(rows, 0.7, nothing)
    expected = [plain(model, row, 0.7) for row in rows]
    worn.take_off()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-5)
    assert not np.allclose(found, before, rtol=1e-3)


def test_the_likelihoods_of_all_first_tokens_add_up_to_one(model: Any) -> None:
    (row,) = make_rows(1)
    words = model.next_token([row.prompt], nothing).shape[1]
    every = [Encoded(row.prompt, (token,)) for token in range(words)]
    assert sum(map(math.exp, model.likelihood(every, 0.7, nothing))) == pytest.approx(1, abs=1e-5)


def test_one_row_alone_is_as_likely_as_among_others(model: Any) -> None:
    rows = make_rows(9)
    together = model.likelihood(rows, 0.7, nothing)
    alone = [model.likelihood([row], 0.7, nothing)[0] for row in rows]
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("temperature", [1e-4, 1e4])
def test_no_likelihood_is_more_than_one(model: Any, temperature: float) -> None:
    rows = [answered(model, row) for row in make_rows(8)]
    found = model.likelihood(rows, temperature, nothing)
    assert all(-math.inf < log <= 0 for log in found)


def test_near_temperature_zero_the_greedy_answer_is_the_likely_one(model: Any) -> None:
    rows = [answered(model, row) for row in make_rows(8)]
    assert min(model.likelihood(rows, 1e-4, nothing)) > math.log(0.5)


def test_nothing_is_as_likely_as_nothing(llama: Any) -> None:
    assert llama.likelihood([], 0.7, nothing) == []


def answered(model: Any, row: Encoded, stop: int = STOP) -> Encoded:
    """The row with the greedy answer in place of its own."""
    (said,) = model.answer([row], stop, LIMIT, nothing)
    return Encoded(row.prompt, whole(said, stop))


@settings(
    max_examples=effort(12, nightly=200),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 2**20),
    temperature=st.floats(0.05, 1.0),
    runs=st.sampled_from([2, 3, 5]),
    stops=st.booleans(),
)
def test_samples_are_the_answer_as_often_as_it_is_likely(
    llama: Any, seed: int, temperature: float, runs: int, stops: bool
) -> None:
    (row,) = make_rows(1, seed=seed)
    # A random model hardly ever says its stop token: it is what the answer ends with, or nothing.
    stop = answered(llama, row, stop=-1).answer[-1] if stops else -1
    row = answered(llama, row, stop)
    p = math.exp(llama.likelihood([row], temperature, nothing)[0])
    how = Sampling(SAMPLES, temperature, seed, LIMIT)
    (drawn,) = llama.sample([row.prompt], stop, how, nothing)
    same = sum(whole(one, stop) == row.answer for one in drawn)
    assert abs(same - SAMPLES * p) <= SIGMAS * math.sqrt(SAMPLES * p * (1 - p)) + 1
    rates = [rate(drawn[at : at + runs], stop) for at in range(0, SAMPLES, runs)]
    low, high = same_answer_bounds(p, runs)
    # The spread of a number from 0 to 1 is a half at most.
    slack = SIGMAS * 0.5 / math.sqrt(len(rates))
    assert low - slack <= sum(rates) / len(rates) <= high + slack


def rate(drawn: list[Generated], stop: int) -> float:
    return same_answer_rate([repr(whole(one, stop)) for one in drawn])
