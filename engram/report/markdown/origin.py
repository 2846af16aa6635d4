"""The sections that say where the figures come from."""

from __future__ import annotations

from collections.abc import Iterable

from engram.core.results import Report
from engram.core.training import EpochPoint
from engram.report.figures import NONE, decimal, percent
from engram.report.markdown.escape import code
from engram.report.markdown.table import table
from engram.report.wording import ending


def training(report: Report) -> str:
    """How training went, epoch by epoch."""
    found = report.training
    facts = (
        f"{found.rows} rows, {found.epochs:g} epochs in {found.steps} steps, {found.tokens} "
        f"tokens, {found.seconds:.1f} s, {found.parameters} trainable parameters; trained "
        f"{ending(found)}. Epoch {found.best_epoch} was kept."
    )
    headers = ["epoch", "loss (nats)", "recall while training", "loss on valid"]
    curve = table(headers, "rrrr", [_epoch(point) for point in found.curve])
    return "\n\n".join(["## Training", facts, *([curve] if found.curve else []), _recipe(report)])


def chain(report: Report) -> str:
    """The digests from corpus to report."""
    fields = [("engram", report.engram), *report.chain.model_dump().items()]
    if report.tuned.locality:
        fields.append(("neutral_prompts", report.tuned.locality.digest))
    fields += [("judge", judge) for judge in report.judges]
    return "## Chain\n\n" + _named(fields)


def _epoch(point: EpochPoint) -> list[str]:
    losses = decimal(point.loss, 4), decimal(point.valid_loss, 4)
    return [str(point.epoch), losses[0], percent(point.recall), losses[1]]


def _recipe(report: Report) -> str:
    settings = report.settings.model_dump(exclude={"version"})
    evaluation = [(f"evaluation: {name}", value) for name, value in settings.items()]
    return _named([*report.recipe.model_dump().items(), *evaluation])


def _named(fields: Iterable[tuple[str, object]]) -> str:
    rows = [[code(name), NONE if value is None else code(str(value))] for name, value in fields]
    return table(["name", "value"], "ll", rows)
