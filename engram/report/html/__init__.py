"""report.html: the whole report as one page that needs nothing but a browser."""

from __future__ import annotations

from collections.abc import Iterable

from engram.core.results import Report
from engram.report.html.accuracy import accuracy
from engram.report.html.answers import answers
from engram.report.html.behaviour import behaviour
from engram.report.html.categories import categories
from engram.report.html.demonstration import demonstration
from engram.report.html.element import Html, el, join
from engram.report.html.head import head, part, policy, style
from engram.report.html.headline import headline
from engram.report.html.latency import latency
from engram.report.html.origin import origin
from engram.report.html.section import Section
from engram.report.html.training import training


def html(report: Report, source: str) -> str:
    """The page, complete: same report, same bytes. ``source`` is the digest of report.json."""
    # It makes the answers searchable; without it they are all there to read.
    script = part(__package__, "script.js")
    return _page(report, (*_figures(report), origin(report, source), answers(report)), script)


def page_without_answers(report: Report) -> str:
    """The page in short, for a frame in another: its figures, and no script."""
    return _page(report, _figures(report), Html())


def _figures(report: Report) -> tuple[Section | None, ...]:
    return (
        accuracy(report),
        categories(report),
        demonstration(report),
        training(report),
        behaviour(report),
        latency(report),
    )


def _page(report: Report, found: Iterable[Section | None], script: Html) -> str:
    sections = [section for section in found if section]
    governed = el("meta", http_equiv="Content-Security-Policy", content=policy(style(), script))
    body = el(
        "body",
        headline(report, _contents(sections)),
        el("main", *(section.markup() for section in sections)),
        el("footer", f"Made by engram {report.engram} from report.json."),
        el("script", script) if script else None,
    )
    title = f"{report.chain.model}: base against tuned"
    page = el("html", head(title, style(), governed), body, lang="en")
    return f"<!doctype html>\n{page}\n"


def _contents(sections: list[Section]) -> Html:
    links = (
        el("a", section.short or section.title, href=f"#{section.name}") for section in sections
    )
    return el("nav", join(*links, by=" "), aria_label="Sections")
