"""The runs of a build for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tabulate import tabulate

from engram.core.build import ProbeName
from engram.core.kept import KeptRun, RunDetails
from engram.core.results import Report
from engram.core.training import Training
from engram.report.figures import NONE, percent
from engram.report.table import summary_table
from engram.report.text import counted, shorten, visible
from engram.report.units import age, size

WIDTH = 80
COLUMNS: tuple[ProbeName, ...] = ("recall", "variant", "novel")
HEADS = ("run", "model", "state", *COLUMNS, "size")


def runs_table(runs: Sequence[KeptRun], now: float) -> str:
    """Every run in two lines: what it is, how it stands and scores, how large and old it is."""
    # The heads are a row like any other: tabulate widens the columns of real heads.
    table = tabulate(
        [HEADS, *(_cells(run, now) for run in runs)],
        tablefmt="plain",
        disable_numparse=True,
        colalign=["left", "left", "left", *["right"] * 4],
        preserve_whitespace=True,
    )
    total = f"{counted(len(runs), 'run')}, {size(sum(run.bytes for run in runs))}."
    return "\n\n".join([table, *_faults(runs), total])


def details_text(details: RunDetails, report: Report | None, now: float) -> str:
    """One run: how it stands, its recipe, how training went, what it scored, and its files."""
    parts = (
        "\n".join(_head(details.run, now)),
        "\n".join(_recipe(details)),
        "\n".join(_training(details.training)),
        summary_table(report) if report else "",
        "\n".join(_files(details)),
    )
    return "\n\n".join(part for part in parts if part)


def state_of(run: KeptRun) -> str:
    """How a run stands, in a word or a few."""
    if run.busy:
        return "in use"
    if run.state == "stopped":
        return f"stopped at step {run.step}"
    return "nothing yet" if run.state == "begun" else run.state


def _cells(run: KeptRun, now: float) -> list[str]:
    state = state_of(run).replace("at step ", "at ")
    old = age(now - run.changed) if run.changed else ""
    stale = "\n(stale)" if run.current is False else "\n"
    return [
        shorten(run.id, 16) + stale,
        f"{shorten(run.model or NONE, 13)}\n{shorten(run.preset or '', 15)}",
        f"{state}\n{old}",
        *(_share(run, name) for name in COLUMNS),
        size(run.bytes),
    ]


def _share(run: KeptRun, name: ProbeName) -> str:
    rate = (run.probes or {}).get(name)
    return percent(rate.accuracy) if rate else NONE


def _faults(runs: Iterable[KeptRun]) -> Iterator[str]:
    lines = [f"{visible(run.id)}: {visible(run.fault)}." for run in runs if run.fault]
    if lines:
        yield "\n".join(lines)


def _head(run: KeptRun, now: float) -> Iterator[str]:
    old = f", {age(now - run.changed)}" if run.changed else ""
    yield f"run {visible(run.id)}: {state_of(run)}{old}, {size(run.bytes)}"
    if run.fault:
        yield f"  {visible(run.fault)}"
    if run.current is False:
        yield "  it was trained on another build than the one that is here now"


def _recipe(details: RunDetails) -> Iterator[str]:
    if details.recipe is not None:
        yield "recipe"
        for name, value in details.recipe.model_dump(mode="json").items():
            if value is not None and name != "version":
                yield _line(name, visible(str(value)))


def _training(training: Training | None) -> Iterator[str]:
    if training is None:
        return
    yield "training"
    yield _line("rows", f"{training.rows:,}, {training.tokens:,} tokens")
    yield _line("steps", f"{training.steps:,} in {training.epochs:.2f} epochs")
    yield _line("time", f"{training.seconds:.1f} s")
    yield _line("parameters", f"{training.parameters:,}")
    if training.lowered_at is not None:
        yield _line("diverged", f"at step {training.lowered_at}; then at half the learning rate")
    yield _line("stopped", f"{training.stopped}; best epoch {training.best_epoch}")
    if training.curve:
        yield _line("at the end", f"{percent(training.curve[-1].recall)} of rows exact")


def _files(details: RunDetails) -> Iterator[str]:
    if details.files:
        yield "files"
        width = max(len(visible(file.path)) for file in details.files)
        for file in details.files:
            yield _line(visible(file.path), size(file.bytes), width)


def _line(name: str, text: str, width: int = 18) -> str:
    return f"  {name:<{width}}  {text}"
