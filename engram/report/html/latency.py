"""Times of single answers, and their spread."""

from __future__ import annotations

from collections.abc import Iterator

from engram.core.results import Report, Summary
from engram.report.figures import decimal
from engram.report.html.bars import spread
from engram.report.html.section import Section, prose
from engram.report.html.table import table
from engram.report.wording import LATENCIES

HEADERS = ("time to", "spread", "mean", "median", "std", "min", "max", "p95")


def latency(report: Report) -> Section:
    """First token and whole answer, base above tuned."""
    found = report.tuned.latency
    speeds = (side.latency.tokens_per_second for side in (report.base, report.tuned))
    base, tuned = (decimal(speed, 1) for speed in speeds)
    parts = (
        prose(
            f"One prompt at a time, {found.prompts} prompts. {LATENCIES}",
            f"Tokens per second: {base} base, {tuned} tuned. Bars end at the median, lines run "
            "from min to max, and dots are p95; first tokens and whole "
            "answers have each their own scale.",
        ),
        table("Latency in milliseconds", HEADERS, _rows(report), kind="barred"),
    )
    return Section("latency", "Latency", parts)


def _rows(report: Report) -> Iterator[list[str]]:
    for name, field in (("first token", "first_token_ms"), ("whole answer", "answer_ms")):
        sides = {
            "base": getattr(report.base.latency, field),
            "tuned": getattr(report.tuned.latency, field),
        }
        most = max(found.max for found in sides.values())
        for side, found in sides.items():
            yield [f"{name}, {side}", spread(found, most, side), *_figures(found)]


def _figures(found: Summary) -> list[str]:
    values = (found.mean, found.median, found.std, found.min, found.max, found.p95)
    return [decimal(value, 1) for value in values]
