"""Results as Markdown, for whatever shows a notebook without HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engram.core.finding import Finding, More
from engram.report.build_table import build_lines, build_table
from engram.report.findings.capped import capped
from engram.report.findings.counts import counts
from engram.report.markdown import summary
from engram.report.markdown.escape import code
from engram.report.markdown.table import table

if TYPE_CHECKING:
    from engram.compiler import Compiled
    from engram.lab import Outcome

report = summary


def outcome(found: Outcome) -> str:
    """The report in short, and where the whole of it is."""
    return f"{summary(found.report)}\n\nIn {code(str(found.folder))}."


def compiled(found: Compiled) -> str:
    """The build at a glance, and the findings."""
    if found.manifest is None:
        built = "Nothing was written: there are errors."
    else:
        lines = [build_table(found.manifest), "", *build_lines(found.manifest)]
        # Names in it hold no markup; an indented block has no fence that one could close.
        built = "\n".join(f"    {line}" for line in "\n".join(lines).split("\n"))
    return f"{built}\n\n{findings(found.findings)}" if found.findings else built


def finding(found: Finding) -> str:
    """One finding, as a row of a table."""
    return findings([found])


def findings(found: Sequence[Finding]) -> str:
    """The findings as a table, at most a hundred of a rule in one file."""
    if not found:
        return counts(found)
    rows = [_row(item) for item in capped(found)]
    heads = ["place", "", "rule", "finding", "help"]
    return f"{table(heads, 'lllll', rows)}\n\n{counts(found)}"


def _row(item: Finding | More) -> list[str]:
    if isinstance(item, More):
        return [code(item.file), item.severity, item.code, item.message, ""]
    return [code(item.place), item.severity, item.code, code(item.message), code(item.help)]
