"""What one model, base or tuned, does with the rows it is asked: answers, samples, times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from engram.backends.base import Generated, OnRows, Timed
from engram.core.build import DemoPrompt, Row
from engram.core.recipe import EvalSettings
from engram.core.results import Answer, Consistency, Latency
from engram.lab.consistency import same_answer, sampled
from engram.lab.experiment import Experiment
from engram.lab.neutral import neutral_prompts
from engram.lab.prompt import encode_rows
from engram.lab.sample import choose
from engram.lab.stats import summary
from engram.lab.tally import Judged, judge_all, phrasing_consistency
from engram.lab.watch import Watch, stage

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


SLACK = 4

SideName = Literal["base", "tuned"]


@dataclass(frozen=True)
class Asked:
    """What both models are asked: recall of a sample from the base, of every row when tuned.

    The samples for consistency (of trained prompts) and latency (of tested ones) are the same, and
    so is ``limit``, the number of tokens that are read of an answer.
    """

    base: Sequence[Row]
    tuned: Sequence[Row]
    consistency: Sequence[Row]
    latency: Sequence[Row]
    limit: int


@dataclass(frozen=True)
class Spoken:
    """An answer that was generated alone, and the time that it took as a whole."""

    answer: Answer
    ms: float


@dataclass(frozen=True)
class Measured:
    """Everything that one side said. ``alone``: row id to answer and time, one at a time."""

    judged: list[Judged]
    consistency: Consistency
    latency: Latency
    alone: dict[str, Spoken]
    next_token: npt.NDArray[np.float32]


def what_to_ask(experiment: Experiment, settings: EvalSettings) -> Asked:
    """The rows for each measurement, chosen by digest; the test rows are asked of both sides.

    The demonstration's rows come first in the latency sample, so that each is answered once.
    """
    train, test = experiment.rows("train"), experiment.rows("test")
    shown = {one.row for one in demo_prompts(experiment)}
    first = [row for row in (*train, *test) if row.id in shown]
    others = choose((row for row in test if row.id not in shown), len(test), "latency")
    spare = (row for row in train if row.id not in shown)  # where nothing is held out
    timed = [*first, *others, *spare][: max(len(first), settings.latency_prompts)]
    return Asked(
        base=[*choose(train, settings.base_recall_prompts, "recall"), *test],
        tuned=[*train, *test],
        consistency=choose(train, settings.consistency_prompts, "consistency"),
        latency=timed,
        limit=reading_limit(experiment, settings),
    )


def measure(
    experiment: Experiment,
    side: SideName,
    asked: Asked,
    settings: EvalSettings,
    watch: Watch,
) -> Measured:
    """Ask the model as it is now, with or without an adapter on top."""
    prompter = experiment.prompter
    rows = asked.base if side == "base" else asked.tuned
    known = {row.id for row in rows}
    # Of these only how likely the answer is will be told; they are not judged.
    others = [row for row in asked.consistency if row.id not in known]
    with stage(watch, f"asking {side}", len(rows) + len(others)) as done:
        said = greedy_answers(experiment, [*rows, *others], asked.limit, done)
    answers = [prompter.answer(said[row.id]) for row in rows]
    judged = judge_all(rows, answers, experiment.build.sites)
    consistency = _consistency(experiment, side, asked, said, judged, settings, watch)
    with stage(watch, f"timing {side}", len(asked.latency)) as done:
        latency, alone = timed(experiment, asked.latency, asked.limit, done)
    neutral = [prompter.prompt(text) for text in neutral_prompts()]
    with stage(watch, f"locality {side}", len(neutral)) as done:
        next_token = experiment.language_model.next_token(neutral, done)
    return Measured(judged, consistency, latency, alone, next_token)


def _consistency(
    experiment: Experiment,
    side: SideName,
    asked: Asked,
    said: Mapping[str, Generated],
    judged: Sequence[Judged],
    settings: EvalSettings,
    watch: Watch,
) -> Consistency:
    rows, runs = asked.consistency, settings.consistency_runs
    with stage(watch, f"sampling {side}", runs * len(rows)) as done:
        rate = sampled(experiment, rows, settings, asked.limit, done)
    with stage(watch, f"likelihood {side}", len(rows)) as done:
        same = same_answer(experiment, rows, said, settings, done)
    both = {row.id for row in asked.base}
    patterns, phrasing = phrasing_consistency(one for one in judged if one.row.id in both)
    return Consistency(
        prompts=len(rows),
        runs=runs,
        temperature=settings.temperature,
        sampling=rate,
        same_answer=same.probability,
        sampling_bounds=same.bounds,
        patterns=patterns,
        phrasing=phrasing,
    )


def greedy_answers(
    experiment: Experiment, rows: Sequence[Row], limit: int, on_rows: OnRows
) -> dict[str, Generated]:
    """Greedy answers by the ids of the rows."""
    prompter = experiment.prompter
    encoded = encode_rows(prompter, experiment.build, rows)
    said = experiment.language_model.answer(encoded, prompter.stop, limit, on_rows)
    return {row.id: one for row, one in zip(rows, said)}


def timed(
    experiment: Experiment, rows: Sequence[Row], limit: int, on_rows: OnRows
) -> tuple[Latency, dict[str, Spoken]]:
    """Latency over the rows, one alone at a time, and what was said to each in which time.

    The first answer warms caches up and is not counted.
    """
    prompter, model = experiment.prompter, experiment.language_model
    prompts = [prompter.prompt(row.prompt) for row in rows]
    for prompt in prompts[:1]:
        model.time(prompt, prompter.stop, limit)
    times: list[Timed] = []
    for prompt in prompts:
        times.append(model.time(prompt, prompter.stop, limit))
        on_rows(1)
    # The stop token is generated too; it takes as long as any other.
    tokens = sum(len(one.answer.tokens) + one.answer.stopped for one in times)
    latency = Latency(
        prompts=len(rows),
        first_token_ms=summary([one.first_token * 1000 for one in times]),
        answer_ms=summary([one.total * 1000 for one in times]),
        tokens_per_second=tokens / sum(one.total for one in times),
    )
    spoken = [Spoken(prompter.answer(one.answer), one.total * 1000) for one in times]
    return latency, {row.id: said for row, said in zip(rows, spoken)}


def reading_limit(experiment: Experiment, settings: EvalSettings) -> int:
    """How many tokens are read of any answer, base's or tuned.

    Every right one must be able to end; one in another spelling may be ``SLACK`` tokens longer.
    """
    length = experiment.prompter.length
    rows = [row for split in ("train", "test") for row in experiment.rows(split)]
    longest = max((length(right) for row in rows for right in _spelt_out(row)), default=0)
    return max(settings.max_new_tokens, longest + SLACK)


def _spelt_out(row: Row) -> tuple[str, ...]:
    return (row.answer,) if row.match == "regex" else (row.answer, *row.accept)


def demo_prompts(experiment: Experiment) -> list[DemoPrompt]:
    """The manifest's prompts; of a quick run, those of its own patterns."""
    rows = {row.id for split in ("train", "test") for row in experiment.rows(split)}
    return [one for one in experiment.build.manifest.demo if one.row in rows]
