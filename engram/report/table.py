"""The report for a terminal of 80 columns: before and after, figure by figure."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

from engram.core.build import PROBE_NAMES, ProbeName
from engram.core.results import CategoryRate, Rate, Report
from engram.report.figures import (
    NONE,
    PROBE_TITLES,
    interval_of,
    p_value,
    percent,
    points,
    rate_of,
)
from engram.report.measures import locality_line, measures
from engram.report.mistakes import mistakes, said
from engram.report.text import shorten, visible

WIDTH = 80
MOST_CATEGORIES = 40
MOST_MISTAKES = 10
MORE = "... and {} more in report.json"


def summary_table(report: Report) -> str:
    """The whole report in at most 80 columns; only the place of a wrong answer may be longer."""
    parts = (
        _headline(report),
        _probes(report),
        _categories(report),
        _measures(report),
        _mistakes(report),
    )
    return "\n\n".join(part for part in parts if part)


def _headline(report: Report) -> str:
    chain = report.chain
    model = shorten(chain.model, WIDTH - 24)
    return f"Base against tuned: {model}\nbuild {chain.build_id[:12]}, run {chain.run_id[:12]}"


def _probes(report: Report) -> str:
    headers = ["", "base", "tuned", "change", "p", "dict", "near"]
    table = _table([_probe(report, name) for name in PROBE_NAMES], headers, "lllrrrr")
    return (
        f"{table}\n\n"
        "Shares of groups of patterns with every answer right; 95 % intervals (Wilson).\n"
        "change: percentage points on what both were asked; p: McNemar's exact one.\n"
        "dict, near: a dictionary of the trained prompts, and the nearest of them."
    )


def _probe(report: Report, name: ProbeName) -> list[str]:
    base, tuned, change = (
        report.base.probes.get(name),
        report.tuned.probes.get(name),
        report.change.get(name),
    )
    return [
        PROBE_TITLES[name].replace(" (", "\n ("),
        _with_interval(base),
        _with_interval(tuned),
        points(change) if change else NONE,
        p_value(change.p) if change else NONE,
        _share(report.lookup.dictionary.get(name)),
        _share(report.lookup.nearest.get(name)),
    ]


def _with_interval(rate: Rate | None) -> str:
    return f"{rate_of(rate)}\n{interval_of(rate.ci95) if rate else ''}"


def _share(rate: Rate | None) -> str:
    return percent(rate.accuracy) if rate else NONE


def _categories(report: Report) -> str:
    names = sorted(report.base.categories.keys() | report.tuned.categories.keys())
    if not names:
        return ""
    shown = names[:MOST_CATEGORIES]
    headers = ["category", "base", "tuned", "recall", "variant", "template", "novel"]
    rows = [_category(report, name) for name in shown]
    more = [MORE.format(len(names) - len(shown))] if len(names) > len(shown) else []
    note = "base, tuned: right on held-out rows. The rest is the tuned model by probe."
    return "\n".join([_table(rows, headers, "lrrrrrr"), *more, "", note])


def _category(report: Report, name: str) -> list[str]:
    base, tuned = report.base.categories.get(name), report.tuned.categories.get(name)
    by_probe = [_count(_asked(tuned, probe)) for probe in PROBE_NAMES]
    return [shorten(name, 20), _count(base), _count(tuned), *by_probe]


def _asked(rate: CategoryRate | None, probe: ProbeName) -> Rate | None:
    return rate.probes.get(probe) if rate else None


def _count(rate: Rate | None) -> str:
    """``12/13``, which is exact and says its n; a percentage where that would be too wide."""
    if rate is None or not rate.n:
        return NONE
    return f"{rate.correct}/{rate.n}" if rate.n < 1000 else percent(rate.accuracy)


def _measures(report: Report) -> str:
    rows = [[*row] for row in measures(report)]
    table = _table(rows, ["", "base", "tuned", "measured on"], "lrrl")
    return "\n\n".join(part for part in (table, locality_line(report)) if part)


def _mistakes(report: Report) -> str:
    wrong = mistakes(report)
    asked = sum(answered.tuned is not None for answered in report.answers)
    if not wrong:
        return f"No wrong answer of the tuned model in {asked} rows."
    lines = [f"Wrong answers of the tuned model: {len(wrong)} of {asked} rows"]
    for answered in wrong[:MOST_MISTAKES]:
        lines += [
            f"  {visible(answered.place)} ({PROBE_TITLES[answered.probe]})",
            f"    asked     {shorten(answered.prompt, WIDTH - 14)}",
            f"    expected  {shorten(answered.expected, WIDTH - 14)}",
            f"    said      {shorten(said(answered.tuned), WIDTH - 14)}",
        ]
    if len(wrong) > MOST_MISTAKES:
        lines.append(f"  {MORE.format(len(wrong) - MOST_MISTAKES)}")
    return "\n".join(lines)


def _table(rows: Sequence[Sequence[str]], headers: Sequence[str], align: str) -> str:
    sides = {"l": "left", "r": "right"}
    return tabulate(
        rows,
        headers=headers,
        tablefmt="simple",
        colalign=[sides[letter] for letter in align],
        disable_numparse=True,
        preserve_whitespace=True,
    )
