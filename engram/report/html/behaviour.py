"""Does it answer the same way every time, and what became of everything else?"""

from __future__ import annotations

from engram.core.results import NearMisses, Report
from engram.report.figures import interval_of, percent
from engram.report.html.element import Html, el, quoted
from engram.report.html.section import Section, prose
from engram.report.html.table import table
from engram.report.measures import consistency, locality_line
from engram.report.wording import SAMENESS


def behaviour(report: Report) -> Section:
    """Consistency of both sides, and locality in words and in figures."""
    rows = [[measure.name, *measure[1:]] for measure in consistency(report)]
    headers = ("measure", "base", "tuned", "measured on")
    parts = (
        prose(SAMENESS),
        table("Consistency", headers, rows, kind="compact"),
        _locality(report),
    )
    return Section("behaviour", "Consistency and locality", parts)


def _locality(report: Report) -> Html | None:
    found = report.tuned.locality
    if found is None:
        return None
    near = found.near_misses
    sentence = prose(locality_line(report))
    rows = [
        ["same next token as the base", percent(found.top1_agreement), interval_of(found.ci95)],
        ["where the base's first choice leads clearly", percent(found.decided_agreement), ""],
        ["mean KL(base || tuned)", f"{found.kl_nats:.3f} nats", ""],
        [f"stored answers to {near.n} near misses", percent(near.share), interval_of(near.ci95)],
    ]
    caption = f"Locality, on {found.prompts} neutral prompts"
    figures = table(caption, ("measure", "tuned", "95 % interval"), rows, kind="compact")
    return el("div", sentence, figures, _near_misses(near))


def _near_misses(near: NearMisses) -> Html | None:
    if not near.answers:
        return None
    rows = [
        [quoted(one.prompt), quoted(one.answer.text), "a stored one" if one.stored else "another"]
        for one in near.answers
    ]
    headers = ("near miss", "tuned said", "the answer is")
    return table("Prompts that look like trained ones and are not", headers, rows, kind="texts")
