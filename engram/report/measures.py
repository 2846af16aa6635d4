"""Consistency, latency and locality, base beside tuned, each with what it was measured on."""

from __future__ import annotations

from textwrap import fill
from typing import NamedTuple

from engram.core.results import Latency, Locality, NearMisses, Report, Side, Summary
from engram.report.figures import NONE, decimal, interval_of, percent

WIDTH = 78


class Measure(NamedTuple):
    """One figure of both sides."""

    name: str
    base: str
    tuned: str
    measured_on: str


def measures(report: Report) -> list[Measure]:
    """Every figure that is not an accuracy."""
    return [*consistency(report), *_latency(report.base, report.tuned)]


def locality_line(report: Report) -> str:
    """What training did to everything else, in lines; empty where it was not measured."""
    found = report.tuned.locality
    if found is None:
        return ""
    said = (
        f"On {found.prompts} neutral prompts the tuned model's next token is the base's in "
        f"{percent(found.top1_agreement)} ({interval_of(found.ci95)}); "
        f"mean KL {found.kl_nats:.3f} nats."
    )
    sentences = (said, _decided(found), _near_misses(found.near_misses))
    return fill(" ".join(sentence for sentence in sentences if sentence), WIDTH)


def _decided(found: Locality) -> str:
    if found.decided_agreement is None:
        return ""
    return (
        f"Where the base's first choice leads by 10 points or more, on {found.decided}, it is "
        f"in {percent(found.decided_agreement)}."
    )


def _near_misses(found: NearMisses) -> str:
    if found.share is None:
        return ""
    return (
        f"Of {found.n} near misses (trained prompts, their own word replaced by one that does not "
        f"exist) {found.stored} got a stored answer: {percent(found.share)} "
        f"({interval_of(found.ci95)})."
    )


def consistency(report: Report) -> list[Measure]:
    """Does it answer the same way every time: sampled, computed, and reworded?"""
    before, after = report.base.consistency, report.tuned.consistency
    return [
        Measure(
            "same answer, sampled",
            decimal(before.sampling),
            decimal(after.sampling),
            f"{after.prompts} prompts x {after.runs} at T = {after.temperature:g}",
        ),
        Measure(
            "same answer, expected",
            _span(before.sampling_bounds),
            _span(after.sampling_bounds),
            "exact bounds of the above",
        ),
        Measure(
            "same answer, probability",
            percent(before.same_answer),
            percent(after.same_answer),
            f"{after.prompts} prompts, exact",
        ),
        Measure(
            "same answer, reworded",
            decimal(before.phrasing),
            decimal(after.phrasing),
            f"{before.patterns}, {after.patterns} patterns",
        ),
    ]


def _span(ends: tuple[float, float] | None) -> str:
    return NONE if ends is None else f"{decimal(ends[0])} - {decimal(ends[1])}"


def _latency(base: Side, tuned: Side) -> list[Measure]:
    before, after = base.latency, tuned.latency
    asked = f"{after.prompts} prompts, one at a time"
    return [
        Measure("first token, median ms", *_ms(before.first_token_ms, after.first_token_ms), asked),
        Measure("answer, median ms", *_ms(before.answer_ms, after.answer_ms), asked),
        Measure(
            "answer, p95 ms", f"{before.answer_ms.p95:.0f}", f"{after.answer_ms.p95:.0f}", asked
        ),
        Measure("tokens per second", *_per_second(before, after), asked),
    ]


def _ms(before: Summary, after: Summary) -> tuple[str, str]:
    # The median, since one slow prompt moves the mean. The whole spread is in the report.
    return f"{before.median:.0f}", f"{after.median:.0f}"


def _per_second(before: Latency, after: Latency) -> tuple[str, str]:
    return f"{before.tokens_per_second:.1f}", f"{after.tokens_per_second:.1f}"
