"""report.md: the whole report, for reading in a browser or in a pull request."""

from __future__ import annotations

from engram.core.results import Report
from engram.report.markdown.accuracy import categories, probes, without_a_model
from engram.report.markdown.answers import demonstration, wrong_answers
from engram.report.markdown.escape import code
from engram.report.markdown.origin import chain, training
from engram.report.markdown.other import behaviour, latency
from engram.report.wording import RATES


def markdown(report: Report) -> str:
    """The report as GitHub-flavoured Markdown, complete: every wrong answer names its place."""
    sections = (
        f"# Base against tuned: {code(report.chain.model)}",
        RATES,
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


def summary(report: Report) -> str:
    """The figures of the report in short, as GitHub-flavoured Markdown."""
    title = f"**Base against tuned: {code(report.chain.model)}**"
    return "\n\n".join([title, RATES, probes(report)])
