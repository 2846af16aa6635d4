"""Every answer before and after, to look through, to search and to filter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engram.core.build import PROBE_NAMES
from engram.core.results import Answer, Answered, Report
from engram.report.figures import PROBE_TITLES
from engram.report.html.demonstration import verdict
from engram.report.html.element import Html, el, join, quoted
from engram.report.html.filters import filters
from engram.report.html.section import Section, prose
from engram.report.mistakes import reading_order

# A browser lays this many out at once; what does not fit here is in report.json.
MOST_ROWS = 10_000
HEADERS = ("pattern", "prompt", "expected", "base", "tuned")


def answers(report: Report) -> Section | None:
    """A row for each row asked; null where nothing was."""
    if not report.answers:
        return None
    chosen = _chosen(report.answers)
    left_out = len(report.answers) - len(chosen)
    note = f"{left_out:,} more are in report.json." if left_out else ""
    parts = (
        prose(
            "Held-out rows first, in the order of the corpora. Recall is asked of a sample from "
            "the base, and of every row when tuned.",
            note,
        ),
        filters(chosen),
        _table(chosen),
        el("p", el("button", "Show more", type="button", id="more"), class_="more", hidden=True),
    )
    return Section(
        "answers", f"Answers, before and after: {len(report.answers):,} rows", parts, "Answers"
    )


def outcome(answered: Answered) -> str:
    """How base and tuned did, in the words of the filters; ``-`` is for one that was not asked."""
    return f"{_word(answered.base_correct)} {_word(answered.tuned_correct)}"


def _chosen(answered: Sequence[Answered]) -> list[Answered]:
    """As many rows as a page can hold, in order; right answers make way for the others."""
    kept = sorted(
        answered, key=lambda one: one.tuned_correct is True and one.base_correct is not False
    )
    return sorted(kept[:MOST_ROWS], key=_order)


def _order(one: Answered) -> tuple[int, str, int, str]:
    # Recall is the first of the probes, and by far the longest.
    file, line, probe = reading_order(one.place, one.probe)
    return ((probe - 1) % len(PROBE_NAMES), file, line, one.row)


def _table(answered: Iterable[Answered]) -> Html:
    return el(
        "table",
        el("caption", "Every prompt, the expected answer, and what base and tuned said"),
        el("thead", el("tr", *(el("th", name, scope="col") for name in HEADERS))),
        el("tbody", *(_row(one) for one in answered)),
        class_="answers",
        id="rows",
    )


def _row(one: Answered) -> Html:
    flips = {(False, True): "gained", (True, False): "lost"}
    flip = flips.get((bool(one.base_correct), bool(one.tuned_correct))) if one.base else None
    about = join(
        quoted(one.category),
        el("small", PROBE_TITLES[one.probe]),
        el("small", quoted(one.place)),
        el("span", flip, class_=f"flip {flip}") if flip else None,
    )
    return el(
        "tr",
        el("th", about, scope="row"),
        el("td", quoted(one.prompt)),
        el("td", quoted(one.expected)),
        el("td", _said(one.base, one.base_correct, one.base_ms)),
        el("td", _said(one.tuned, one.tuned_correct, one.tuned_ms)),
        data_probe=one.probe,
        data_category=one.category,
        data_outcome=outcome(one),
    )


def _said(answer: Answer | None, correct: bool | None, ms: float | None) -> Html:
    if answer is None:
        return el("small", "not asked")
    cut = None if answer.stopped else el("small", "cut at the length limit")
    took = None if ms is None else el("small", f"{ms:,.0f} ms")
    return join(verdict(correct), " ", quoted(answer.text), cut, took)


def _word(correct: bool | None) -> str:
    return "-" if correct is None else "right" if correct else "wrong"
