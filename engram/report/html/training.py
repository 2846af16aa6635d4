"""How training went: two curves, the figures behind them, and the recipe."""

from __future__ import annotations

from engram.core.results import Report
from engram.core.training import EpochPoint, Training
from engram.report.figures import NONE, decimal, percent
from engram.report.html.curves import drift_curve, loss_curve, recall_curve
from engram.report.html.element import Html, el, quoted
from engram.report.html.section import Section, prose
from engram.report.html.table import table
from engram.report.units import duration
from engram.report.wording import ending

HEADERS = ("epoch", "loss, nats", "recall", "valid, nats")


def training(report: Report) -> Section:
    """Curves, the figures of each epoch, and every number that was set."""
    found = report.training
    parts = (
        prose(_facts(found)),
        el(
            "div",
            loss_curve(found),
            recall_curve(found),
            drift_curve(found),
            table("Epoch by epoch", HEADERS, map(_epoch, found.curve), kind="compact")
            if found.curve
            else None,
            class_="curves",
        ),
        el("div", _recipe(report), _settings(report), class_="curves"),
    )
    return Section("training", "Training", parts)


def _facts(found: Training) -> str:
    return (
        f"{found.rows:,} rows, {found.epochs:g} epochs in {found.steps:,} steps, "
        f"{found.tokens:,} tokens, {duration(found.seconds)}, {found.parameters:,} trainable "
        f"parameters; trained {ending(found)}. Epoch {found.best_epoch} was kept."
    )


def _epoch(point: EpochPoint) -> list[str]:
    losses = decimal(point.loss, 4), decimal(point.valid_loss, 4)
    return [str(point.epoch), losses[0], percent(point.recall), losses[1]]


def _recipe(report: Report) -> Html:
    return _named("Recipe", report.recipe.model_dump())


def _settings(report: Report) -> Html:
    return _named("Evaluation", report.settings.model_dump())


def _named(caption: str, fields: dict[str, object]) -> Html:
    rows = [
        [name.replace("_", " "), NONE if value is None else quoted(str(value))]
        for name, value in fields.items()
    ]
    return table(caption, ("setting", "value"), rows, kind="settings")
