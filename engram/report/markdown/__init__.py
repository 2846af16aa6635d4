"""report.md: the whole report, for reading in a browser or in a pull request."""

from __future__ import annotations

from engram.core.results import Report
from engram.report.markdown.accuracy import categories, probes, without_a_model
from engram.report.markdown.answers import demonstration, wrong_answers
from engram.report.markdown.escape import code
from engram.report.markdown.origin import chain, training
from engram.report.markdown.other import behaviour, latency

HEAD = """\
Every rate is a share of groups of patterns: a group is right when every row asked of it is. Beside
it stand n and the 95 % interval (Wilson, 1927). A change is in percentage points, on the groups
that both models were asked; p is McNemar's exact one, two-sided."""


def markdown(report: Report) -> str:
    """The report as GitHub-flavoured Markdown, complete: every wrong answer names its place."""
    sections = (
        f"# Base against tuned: {code(report.chain.model)}",
        HEAD,
        probes(report),
        without_a_model(report),
        categories(report),
        behaviour(report),
        latency(report),
        wrong_answers(report),
        demonstration(report),
        training(report),
        chain(report),
    )
    return "\n\n".join(section for section in sections if section) + "\n"
