"""Does a model answer the same way every time? Sampled, and computed from its probabilities."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engram.backends.base import Encoded, Generated, OnRows, Sampling
from engram.core.build import Row
from engram.core.recipe import EvalSettings
from engram.lab.experiment import Experiment
from engram.lab.stats import same_answer_bounds, same_answer_rate


class SameAnswer(NamedTuple):
    """The mean probability of the greedy answer, and the bounds that follow from it.

    See ``Consistency`` for ``same_answer`` and ``sampling_bounds``; null without any prompt.
    """

    probability: float | None
    bounds: tuple[float, float] | None


def sampled(
    experiment: Experiment,
    rows: Sequence[Row],
    settings: EvalSettings,
    limit: int,
    on_rows: OnRows,
) -> float | None:
    """The mean over prompts of how alike ``consistency_runs`` seeded samples are."""
    prompter = experiment.prompter
    how = Sampling(
        runs=settings.consistency_runs,
        temperature=settings.temperature,
        seed=settings.seed,
        limit=limit,
    )
    prompts = [prompter.prompt(row.prompt) for row in rows]
    samples = experiment.language_model.sample(prompts, prompter.stop, how, on_rows)
    rates = [same_answer_rate([prompter.text(s.tokens) for s in runs]) for runs in samples]
    return sum(rates) / len(rates) if rates else None


def same_answer(
    experiment: Experiment,
    rows: Sequence[Row],
    said: Mapping[str, Generated],
    settings: EvalSettings,
    on_rows: OnRows,
) -> SameAnswer:
    """How probable it is that a sample is the greedy answer, ``said`` by the ids of the rows."""
    prompter = experiment.prompter
    answers = [
        Encoded(prompter.prompt(row.prompt), whole(said[row.id], prompter.stop)) for row in rows
    ]
    logs = experiment.language_model.likelihood(answers, settings.temperature, on_rows)
    return summed_up([math.exp(log) for log in logs], settings.consistency_runs)


def summed_up(odds: Sequence[float], runs: int) -> SameAnswer:
    """The means over prompts of the probability and of both bounds."""
    if not odds:
        return SameAnswer(None, None)
    lows, highs = zip(*(same_answer_bounds(p, runs) for p in odds))
    bounds = statistics.fmean(lows), statistics.fmean(highs)
    return SameAnswer(statistics.fmean(odds), bounds)


def whole(answer: Generated, stop: int) -> tuple[int, ...]:
    """The tokens that were generated, the stop token too; of a cut answer there is none."""
    return (*answer.tokens, stop) if answer.stopped else answer.tokens
