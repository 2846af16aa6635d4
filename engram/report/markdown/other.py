"""The sections about everything but right and wrong: consistency, locality, latency."""

from __future__ import annotations

from engram.core.results import Latency, Report, Summary
from engram.report.figures import decimal
from engram.report.markdown.table import table
from engram.report.measures import consistency, locality_line
from engram.report.wording import LATENCIES, SAMENESS


def behaviour(report: Report) -> str:
    """Does it answer the same way every time, and what became of everything else?"""
    rows = [list(measure) for measure in consistency(report)]
    parts = (
        "## Consistency and locality",
        table(["", "base", "tuned", "measured on"], "lrrl", rows),
        SAMENESS,
        locality_line(report),
    )
    return "\n\n".join(part for part in parts if part)


def latency(report: Report) -> str:
    """Times of single answers, and their spread."""
    headers = ["ms", "mean", "median", "std", "min", "max", "p95", "tokens/s"]
    rows = [*_times("base", report.base.latency), *_times("tuned", report.tuned.latency)]
    return (
        f"## Latency\n\nOne prompt at a time, {report.tuned.latency.prompts} prompts. "
        f"{LATENCIES}\n\n{table(headers, 'lrrrrrrr', rows)}"
    )


def _times(side: str, found: Latency) -> list[list[str]]:
    return [
        [f"{side}, first token", *_summary(found.first_token_ms), ""],
        [f"{side}, whole answer", *_summary(found.answer_ms), decimal(found.tokens_per_second, 1)],
    ]


def _summary(found: Summary) -> list[str]:
    values = (found.mean, found.median, found.std, found.min, found.max, found.p95)
    return [decimal(value, 1) for value in values]
