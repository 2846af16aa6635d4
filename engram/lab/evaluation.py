"""The second half of an experiment: base against tuned, on the same questions."""

from __future__ import annotations

from engram import __version__
from engram.core.build import SPLITS, Row
from engram.core.recipe import EvalSettings
from engram.core.results import Answered, Locality, Report, Shown, Side
from engram.core.training import Training
from engram.lab import tally
from engram.lab.experiment import Experiment
from engram.lab.locality import locality
from engram.lab.lookup import lookup_rate
from engram.lab.measure import (
    Measured,
    Spoken,
    demo_prompts,
    measure,
    what_to_ask,
)
from engram.lab.near_misses import ask_near_misses, near_misses
from engram.lab.score import judge
from engram.lab.tally import Judged
from engram.lab.watch import Watch, stage


def evaluate(
    experiment: Experiment, training: Training, settings: EvalSettings, watch: Watch
) -> Report:
    """The report on a trained experiment. One load of the base serves both sides."""
    asked = what_to_ask(experiment, settings)
    base = measure(experiment, "base", asked, settings, watch)
    with experiment.language_model.adapter(experiment.adapter):
        tuned = measure(experiment, "tuned", asked, settings, watch)
        rows = [row for split in SPLITS for row in experiment.rows(split)]
        alike = near_misses(rows, settings.near_miss_prompts)
        with stage(watch, "near misses", len(alike)) as done:
            near = ask_near_misses(experiment, alike, asked.limit, done)
    sites = experiment.build.sites
    return Report(
        engram=__version__,
        recipe=experiment.recipe,
        settings=settings,
        chain=experiment.chain(settings),
        training=training,
        base=_figures(base),
        tuned=_figures(tuned, locality(base.next_token, tuned.next_token, near)),
        change=tally.changes(base.judged, tuned.judged),
        lookup=lookup_rate(experiment.rows("train"), asked.tuned, sites),
        answers=_answered(experiment, base, tuned),
        demo=_shown(experiment, base.alone, tuned.alone),
        judges=experiment.judges,
    )


def _shown(
    experiment: Experiment, base: dict[str, Spoken], tuned: dict[str, Spoken]
) -> tuple[Shown, ...]:
    known = {row.id: row for rows in experiment.build.rows.values() for row in rows}
    return tuple(
        Shown(
            prompt=one.prompt,
            expected=one.answer,
            probe=one.probe,
            base=base[one.row].answer.text,
            tuned=tuned[one.row].answer.text,
            base_ms=base[one.row].ms,
            tuned_ms=tuned[one.row].ms,
            base_correct=judge(known[one.row], base[one.row].answer),
            tuned_correct=judge(known[one.row], tuned[one.row].answer),
        )
        for one in demo_prompts(experiment)
    )


def _figures(measured: Measured, found: Locality | None = None) -> Side:
    return Side(
        overall=tally.overall(measured.judged),
        probes=tally.by_probe(measured.judged),
        categories=tally.by_category(measured.judged),
        consistency=measured.consistency,
        latency=measured.latency,
        locality=found,
    )


def _answered(experiment: Experiment, base: Measured, tuned: Measured) -> tuple[Answered, ...]:
    """Every row that was asked of either side, in the order of the tuned one's."""
    before = {one.row.id: one for one in base.judged}
    return tuple(
        _row(experiment, before.get(after.row.id), after, base, tuned) for after in tuned.judged
    )


def _row(
    experiment: Experiment,
    before: Judged | None,
    after: Judged,
    base: Measured,
    tuned: Measured,
) -> Answered:
    row = after.row
    return Answered(
        row=row.id,
        pattern=row.pattern,
        group=after.group,
        category=row.category,
        probe=after.probe,
        prompt=row.prompt,
        expected=row.answer,
        place=experiment.build.place(row.pattern),
        base=before.answer if before else None,
        base_correct=before.correct if before else None,
        tuned=after.answer,
        tuned_correct=after.correct,
        base_ms=_ms(base, row),
        tuned_ms=_ms(tuned, row),
    )


def _ms(side: Measured, row: Row) -> float | None:
    said = side.alone.get(row.id)
    return None if said is None else said.ms
