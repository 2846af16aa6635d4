"""The curves of training: loss by step and epoch, recall by epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engram.core.training import Training
from engram.report.figures import decimal, percent
from engram.report.html.axis import Axis, linear, logarithmic
from engram.report.html.chart import Point, Scale, Series, chart
from engram.report.html.element import Html

MOST_POINTS = 500  # about one for each pixel across
FEW_POINTS = 50  # where one wants the trend


def loss_curve(found: Training) -> Html:
    """Loss of every step, of every epoch and on valid, on a logarithmic scale."""
    losses: list[Point] = [(point.epoch, point.loss) for point in found.losses]
    every = _every(losses)
    steps = _thinned(losses, every)
    epochs: list[Point] = [(point.epoch, point.loss) for point in found.curve]
    valid: list[Point] = [(point.epoch, point.valid_loss) for point in found.curve]
    series = (
        Series("steps", "raw", steps),
        Series("epoch", "tuned", epochs, dots=True),
        Series("valid", "valid", valid, dots=True),
    )
    values = [value for one in series for _, value in one.points if value is not None]
    scale = Scale("nats per answer token", logarithmic(values), "{:g}".format)
    thinned = f"; steps by the mean of {every}" if every > 1 else ""
    also = " and on valid.jsonl" if any(value is not None for _, value in valid) else ""
    title = f"Loss while training{also}, logarithmic{thinned}"
    return chart("loss", title, _told(found), _epochs(found), scale, series)


def recall_curve(found: Training) -> Html:
    """The share of rows that were predicted exactly, by epoch."""
    points: list[Point] = [(point.epoch, point.recall) for point in found.curve]
    told = ", ".join(f"epoch {point.epoch}: {percent(point.recall)}" for point in found.curve)
    scale = Scale("rows predicted exactly, %", _SHARES, lambda share: f"{100 * share:.0f}")
    series = (Series("recall", "tuned", points, dots=True),)
    title = "Recall while training, by epoch"
    return chart("recall", title, told or "No epoch was complete.", _epochs(found), scale, series)


def drift_curve(found: Training) -> Html | None:
    """How far the tuned model is from the base where it was to stay; null if nobody looked."""
    drifts: list[Point] = [(point.epoch, point.drift) for point in found.losses]
    known = [value for _, value in drifts if value is not None]
    if not known:
        return None
    every = max(1, math.ceil(len(drifts) / FEW_POINTS))
    trend = Series(f"mean of {every}" if every > 1 else "steps", "tuned", _thinned(drifts, every))
    steps = Series("steps", "raw", _thinned(drifts, _every(drifts)))
    series = (steps, trend) if every > 1 else (trend,)
    scale = Scale("mean KL(base || tuned), nats", linear(known), "{:g}".format)
    told = f"{decimal(known[0], 3)} at the first step, {decimal(known[-1], 3)} at the last."
    title = "Drift from the base on rehearsed prompts"
    return chart("drift", title, told, _epochs(found), scale, series)


_SHARES = Axis(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))


def _epochs(found: Training) -> Scale:
    reached = [point.epoch for point in found.curve] + [point.epoch for point in found.losses]
    return Scale("epoch", linear([found.epochs, *reached], ticks=8), "{:g}".format)


def _every(points: Sequence[Point]) -> int:
    return max(1, math.ceil(len(points) / MOST_POINTS))


def _thinned(all_points: Sequence[Point], every: int) -> list[Point]:
    """The mean of so many steps in turn; one that is not a number leaves a gap."""
    points: list[Point] = []
    for start in range(0, len(all_points), every):
        some = all_points[start : start + every]
        values = [value for _, value in some if value is not None]
        mean = math.fsum(values) / len(values) if len(values) == len(some) else None
        points.append((some[-1][0], mean))
    return points


def _told(found: Training) -> str:
    lost = sum(point.loss is None for point in found.losses)
    gaps = f" {lost} steps had a loss that is not a number." if lost else ""
    if not found.curve:
        return f"{len(found.losses)} steps.{gaps}"
    first, last = found.curve[0], found.curve[-1]
    return f"From {decimal(first.loss, 3)} in the first epoch to {decimal(last.loss, 3)}.{gaps}"
