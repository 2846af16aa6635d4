"""The figures of a report by name, as gates and logs call them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Literal, NamedTuple

from engram.core.build import ProbeName
from engram.core.results import Change, Rate, Report, Side, Summary

Unit = Literal["share", "points", "groups", "ms", "tokens/s", "nats"]

PROBES: dict[str, ProbeName] = {
    "recall": "recall",
    "variant": "variant",
    "template": "variant_template",
    "novel": "novel",
}
TIMES = ("first_token_ms", "answer_ms")
SUMMARY = ("mean", "median", "std", "min", "max", "p95")


class Measured(NamedTuple):
    """A value and what it was measured on; ``low`` is the lower end of its 95 % interval."""

    value: float | None
    n: int
    low: float | None = None


NOTHING = Measured(None, 0)


class Figure(NamedTuple):
    """One figure: how a report says it, in which unit, and whether it has an interval."""

    read: Callable[[Report], Measured]
    unit: Unit
    interval: bool = False


def figures(categories: Iterable[str] = ()) -> dict[str, Figure]:
    """Every figure by its name. Without a prefix they are the tuned model's; ``base.`` is before.

    ``categories`` are those that the report may have figures of.
    """
    of_a_side = dict(_of_a_side(sorted(set(categories))))
    tuned = {name: _asked_of(_tuned, figure) for name, figure in of_a_side.items()}
    base = {f"base.{name}": _asked_of(_base, figure) for name, figure in of_a_side.items()}
    return {**tuned, **dict(_locality()), **dict(_changes()), **base}


class _OfSide(NamedTuple):
    """One figure that both sides have."""

    read: Callable[[Side], Measured]
    unit: Unit
    interval: bool = False


def _tuned(report: Report) -> Side:
    return report.tuned


def _base(report: Report) -> Side:
    return report.base


def _asked_of(side: Callable[[Report], Side], figure: _OfSide) -> Figure:
    return Figure(lambda report: figure.read(side(report)), figure.unit, figure.interval)


def _of_a_side(categories: Iterable[str]) -> Iterator[tuple[str, _OfSide]]:
    for name, probe in PROBES.items():
        yield name, _OfSide(partial(_on_probe, probe), "share", interval=True)
    yield "overall", _OfSide(lambda side: _rate(side.overall), "share", interval=True)
    for name in categories:
        yield f"category.{name}", _OfSide(partial(_in_category, name), "share", interval=True)
    yield "consistency.sampling", _OfSide(_sampling, "share")
    yield "consistency.same_answer", _OfSide(_same_answer, "share")
    yield "consistency.phrasing", _OfSide(_phrasing, "share")
    for time in TIMES:
        for part in SUMMARY:
            yield f"latency.{time}.{part}", _OfSide(partial(_ms, time, part), "ms")
    yield "tokens_per_second", _OfSide(_speed, "tokens/s")


def _on_probe(probe: ProbeName, side: Side) -> Measured:
    return _rate(side.probes.get(probe))


def _in_category(name: str, side: Side) -> Measured:
    return _rate(side.categories.get(name))


def _rate(rate: Rate | None) -> Measured:
    if rate is None:
        return NOTHING
    return Measured(rate.accuracy, rate.n, rate.ci95[0] if rate.ci95 else None)


def _sampling(side: Side) -> Measured:
    return Measured(side.consistency.sampling, side.consistency.prompts)


def _same_answer(side: Side) -> Measured:
    return Measured(side.consistency.same_answer, side.consistency.prompts)


def _phrasing(side: Side) -> Measured:
    return Measured(side.consistency.phrasing, side.consistency.patterns)


def _ms(time: str, part: str, side: Side) -> Measured:
    summary: Summary = getattr(side.latency, time)
    return Measured(getattr(summary, part), summary.n)


def _speed(side: Side) -> Measured:
    return Measured(side.latency.tokens_per_second, side.latency.prompts)


def _locality() -> Iterator[tuple[str, Figure]]:
    def top1(report: Report) -> Measured:
        found = report.tuned.locality
        return Measured(found.top1_agreement, found.prompts, found.ci95[0]) if found else NOTHING

    def divergence(report: Report) -> Measured:
        found = report.tuned.locality
        return Measured(found.kl_nats, found.prompts) if found else NOTHING

    def stored(report: Report) -> Measured:
        found = report.tuned.locality
        near = found.near_misses if found else None
        return Measured(near.share, near.n) if near and near.n else NOTHING

    yield "locality.top1", Figure(top1, "share", interval=True)
    yield "locality.kl", Figure(divergence, "nats")
    yield "locality.stored", Figure(stored, "share")


def _changes() -> Iterator[tuple[str, Figure]]:
    """On the groups that both sides were asked: by how many points, and how many flipped."""
    for name, probe in PROBES.items():
        yield f"change.{name}", _change(probe, "points", _points)
        yield f"gained.{name}", _change(probe, "groups", lambda change: change.gained)
        yield f"lost.{name}", _change(probe, "groups", lambda change: change.lost)


def _change(probe: ProbeName, unit: Unit, read: Callable[[Change], float]) -> Figure:
    def measured(report: Report) -> Measured:
        found = report.change.get(probe)
        return Measured(read(found), found.n) if found and found.n else NOTHING

    return Figure(measured, unit)


def _points(change: Change) -> float:
    return 100 * (change.tuned_correct - change.base_correct) / change.n
