"""Right and wrong by probe: the change, its test, and what needs no model."""

from __future__ import annotations

from engram.core.build import PROBE_NAMES, ProbeName
from engram.core.results import Change, Rate, Report
from engram.report.figures import (
    NONE,
    PROBE_TITLES,
    interval_of,
    p_value,
    percent,
    points,
    rate_of,
)
from engram.report.html.element import Html
from engram.report.html.section import Section, prose
from engram.report.html.table import lines, table
from engram.report.wording import LOOKUPS, RATES

HEADERS = ("probe", "base", "tuned", "change", "gained", "lost", "McNemar's p")
LOOKUP_HEADERS = ("probe", "dictionary", "nearest", "tuned", "prefix, base", "prefix, tuned")


def accuracy(report: Report) -> Section:
    """Base against tuned on each probe and on all of test.jsonl, and lookups on the same rows."""
    overall = [rate(side.overall) for side in (report.base, report.tuned)]
    rows = [_probe(report, name) for name in PROBE_NAMES]
    rows.append([lines("all of test.jsonl", "everything but recall"), *overall, *[Html()] * 4])
    parts = (
        prose(RATES),
        table("Groups answered right, by probe", HEADERS, rows),
        prose(LOOKUPS),
        table(
            "The same rows, asked of a lookup; and by prefix",
            LOOKUP_HEADERS,
            [_lookup(report, name) for name in PROBE_NAMES],
        ),
    )
    return Section("accuracy", "Accuracy", parts)


def rate(found: Rate | None) -> Html:
    """``99.6% of 269`` and below it the interval."""
    return lines(rate_of(found), interval_of(found.ci95) if found else "")


def _probe(report: Report, name: ProbeName) -> list[str]:
    base, tuned = report.base.probes.get(name), report.tuned.probes.get(name)
    return [PROBE_TITLES[name], rate(base), rate(tuned), *_change(report.change.get(name))]


def _change(change: Change | None) -> list[str]:
    if change is None or not change.n:
        return [NONE] * 4
    moved = lines(points(change), f"on {change.n}")
    return [moved, str(change.gained), str(change.lost), p_value(change.p)]


def _lookup(report: Report, name: ProbeName) -> list[str]:
    return [
        PROBE_TITLES[name],
        rate(report.lookup.dictionary.get(name)),
        rate(report.lookup.nearest.get(name)),
        rate(report.tuned.probes.get(name)),
        _prefix(report.base.probes.get(name)),
        _prefix(report.tuned.probes.get(name)),
    ]


def _prefix(found: Rate | None) -> str:
    return f"{percent(found.prefix_match)} of {found.n}" if found and found.n else NONE
