"""Results as HTML for a notebook: tables in the notebook's own style, and reports in a frame.

A report has a style of its own, light and dark. In a frame neither it nor the notebook's changes
the other, and what a model said cannot run there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engram.core.finding import Finding, More
from engram.core.results import Report
from engram.report.build_table import build_lines, build_table
from engram.report.findings.capped import capped
from engram.report.findings.counts import counts
from engram.report.html import page_without_answers
from engram.report.html.element import Html, el, join, quoted

if TYPE_CHECKING:
    from engram.compiler import Compiled
    from engram.lab import Outcome

HEIGHT = "36em"


def report(found: Report) -> Html:
    """The report without the list of all answers, in a frame that scrolls."""
    return el(
        "iframe",
        srcdoc=page_without_answers(found),
        # No scripts, no forms, no origin.
        sandbox=True,
        title=f"{found.chain.model}: base against tuned",
        style=f"width: 100%; height: {HEIGHT}; border: 1px solid #8884; border-radius: 4px",
    )


def outcome(found: Outcome) -> Html:
    """The report, and where the whole of it is."""
    files = ", ".join(path.name for path in found.files)
    where = el("p", "In ", el("code", str(found.folder)), f": {files}.")
    return join(report(found.report), where)


def compiled(found: Compiled) -> Html:
    """The build at a glance, and the findings."""
    if found.manifest is None:
        built = el("p", "Nothing was written: there are errors.")
    else:
        text = "\n".join([build_table(found.manifest), "", *build_lines(found.manifest)])
        built = el("pre", text)
    return join(built, findings(found.findings)) if found.findings else built


def finding(found: Finding) -> Html:
    """One finding, as a row of a table."""
    return findings([found])


def findings(found: Sequence[Finding]) -> Html:
    """The findings as a table, at most a hundred of a rule in one file."""
    told = el("p", counts(found))
    if not found:
        return told
    heads = el("tr", *(el("th", name) for name in ("place", "", "rule", "finding")))
    table = el("table", el("thead", heads), el("tbody", *map(_row, capped(found))))
    return join(table, told)


def _row(item: Finding | More) -> Html:
    place, advice = (item.file, "") if isinstance(item, More) else (item.place, item.help)
    said = join(quoted(item.message), join(el("br"), quoted(advice)) if advice else None)
    return el(
        "tr",
        el("td", el("code", place)),
        el("td", item.severity),
        el("td", item.code),
        el("td", said, style="text-align: left"),
    )
