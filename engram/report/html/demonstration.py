"""The prompts of the demonstration, as base and tuned answered them."""

from __future__ import annotations

from engram.core.results import Exchange, Report
from engram.report.html.element import Html, el, quoted
from engram.report.html.section import Section
from engram.report.side_by_side import exchange


def demonstration(report: Report) -> Section | None:
    """A card for each prompt; null where the build lists none."""
    if not report.demo:
        return None
    shown = el("ul", *(el("li", card(exchange(one))) for one in report.demo), class_="demo")
    return Section("demonstration", "Demonstration", (shown,))


def verdict(correct: bool | None) -> Html | None:
    """A mark with its word, so that nothing rests on colour; null where nobody judged."""
    if correct is None:
        return None
    kind, mark = ("right", "✓") if correct else ("wrong", "✗")
    return el("span", mark, el("span", f" {kind}", class_="word"), class_=f"mark {kind}")


def card(found: Exchange) -> Html:
    """A prompt, what is expected where one knows, and what both sides have said to it so far."""
    expected = None
    if found.expected is not None:
        expected = el("p", el("small", "expected "), quoted(found.expected))
    base = _side("base", found.base, found.base_correct, found.base_ms, found.base_stopped)
    tuned = _side("tuned", found.tuned, found.tuned_correct, found.tuned_ms, found.tuned_stopped)
    return el(
        "article",
        el("p", found.title, class_="eyebrow"),
        el("h3", quoted(found.prompt)),
        expected,
        el("dl", *base, *tuned),
    )


def _side(
    side: str, answer: str, correct: bool | None, ms: float | None, stopped: bool
) -> list[Html]:
    took = el("small", f"{ms:,.0f} ms") if ms is not None else el("small", "…", class_="pending")
    cut = None if stopped else el("small", " cut at the length limit")
    return [
        el("dt", f"{side} ", verdict(correct), " ", took),
        el("dd", quoted(answer), cut, class_=side),
    ]
