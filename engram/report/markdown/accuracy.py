"""The sections about right and wrong: by probe, against a lookup, by category."""

from __future__ import annotations

from engram.core.build import PROBE_NAMES, ProbeName
from engram.core.results import CategoryRate, Change, Rate, Report
from engram.report.figures import (
    NONE,
    PROBE_QUESTIONS,
    PROBE_TITLES,
    interval_of,
    p_value,
    percent,
    points,
    rate_of,
)
from engram.report.markdown.escape import code
from engram.report.markdown.table import table
from engram.report.wording import LOOKUPS


def probes(report: Report) -> str:
    """Base, tuned and the change between them, by probe."""
    headers = ["probe", "what is asked", "base", "tuned", "change", "gained", "lost", "p"]
    rows = [_probe(report, name) for name in PROBE_NAMES]
    overall = [_rate(side.overall) for side in (report.base, report.tuned)]
    rows.append(["all of test.jsonl", "everything but recall", *overall, "", "", "", ""])
    return "## Accuracy\n\n" + table(headers, "llrrrrrr", rows)


def without_a_model(report: Report) -> str:
    """What a lookup scores on the same rows, and prefix match."""
    headers = ["probe", "dictionary", "nearest neighbour", "tuned", "prefix, base", "prefix, tuned"]
    return (
        "## Beside a lookup, and by prefix\n\n"
        + LOOKUPS
        + "\n\n"
        + table(headers, "lrrrrr", [_lookup(report, name) for name in PROBE_NAMES])
    )


def categories(report: Report) -> str:
    """Base and tuned on held-out rows, and the tuned model by probe, for each category."""
    names = sorted(report.base.categories.keys() | report.tuned.categories.keys())
    if not names:
        return ""
    headers = ["category", "base", "tuned", "recall", "variant", "variant (template)", "novel"]
    return (
        "## Categories\n\n"
        "Base and tuned are on the rows of test.jsonl; the rest is the tuned model, by probe.\n\n"
        + table(headers, "lrrrrrr", [_category(report, name) for name in names])
    )


def _probe(report: Report, name: ProbeName) -> list[str]:
    base, tuned = report.base.probes.get(name), report.tuned.probes.get(name)
    change = _change(report.change.get(name))
    return [PROBE_TITLES[name], PROBE_QUESTIONS[name], _rate(base), _rate(tuned), *change]


def _rate(rate: Rate | None) -> str:
    return f"{rate_of(rate)} ({interval_of(rate.ci95)})" if rate and rate.n else NONE


def _change(change: Change | None) -> list[str]:
    if change is None or not change.n:
        return [NONE] * 4
    flipped = [str(change.gained), str(change.lost), p_value(change.p)]
    return [f"{points(change)} on {change.n}", *flipped]


def _lookup(report: Report, name: ProbeName) -> list[str]:
    base, tuned = report.base.probes.get(name), report.tuned.probes.get(name)
    return [
        PROBE_TITLES[name],
        _rate(report.lookup.dictionary.get(name)),
        _rate(report.lookup.nearest.get(name)),
        _rate(tuned),
        _prefix(base),
        _prefix(tuned),
    ]


def _prefix(rate: Rate | None) -> str:
    return f"{percent(rate.prefix_match)} of {rate.n}" if rate and rate.n else NONE


def _category(report: Report, name: str) -> list[str]:
    base, tuned = report.base.categories.get(name), report.tuned.categories.get(name)
    by_probe = [rate_of(_asked(tuned, probe)) for probe in PROBE_NAMES]
    return [code(name), _rate(base), _rate(tuned), *by_probe]


def _asked(rate: CategoryRate | None, probe: ProbeName) -> Rate | None:
    return rate.probes.get(probe) if rate else None
