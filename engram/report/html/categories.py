"""Right and wrong by category."""

from __future__ import annotations

from engram.core.build import PROBE_NAMES, ProbeName
from engram.core.results import CategoryRate, Rate, Report
from engram.report.figures import NONE, PROBE_TITLES
from engram.report.html.accuracy import rate
from engram.report.html.bars import pair
from engram.report.html.element import quoted
from engram.report.html.section import Section, prose
from engram.report.html.table import table

HEADERS = ("category", "0 - 100 %", "base", "tuned", *PROBE_TITLES.values())


def categories(report: Report) -> Section | None:
    """Bars and figures for each category; null where there are none."""
    names = sorted(report.base.categories.keys() | report.tuned.categories.keys())
    if not names:
        return None
    note = (
        "Bars, base and tuned are on the rows of test.jsonl, which were never trained on. The last "
        "four columns are the tuned model by probe: groups right, of groups asked."
    )
    rows = [_category(report, name) for name in names]
    parts = (prose(note), table("Groups answered right, by category", HEADERS, rows, kind="barred"))
    return Section("categories", "Categories", parts)


def _category(report: Report, name: str) -> list[str]:
    base, tuned = report.base.categories.get(name), report.tuned.categories.get(name)
    by_probe = [_count(_asked(tuned, probe)) for probe in PROBE_NAMES]
    return [quoted(name), pair(base, tuned), rate(base), rate(tuned), *by_probe]


def _asked(found: CategoryRate | None, probe: ProbeName) -> Rate | None:
    return found.probes.get(probe) if found else None


def _count(found: Rate | None) -> str:
    return f"{found.correct}/{found.n}" if found and found.n else NONE
