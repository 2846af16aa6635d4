"""The prompts of the demonstration, as base and tuned answered them."""

from __future__ import annotations

from engram.core.results import Report, Shown
from engram.report.figures import PROBE_TITLES
from engram.report.html.element import Html, el, quoted
from engram.report.html.section import Section


def demonstration(report: Report) -> Section | None:
    """A card for each prompt; null where the build lists none."""
    if not report.demo:
        return None
    shown = el("ul", *(el("li", _shown(one)) for one in report.demo), class_="demo")
    return Section("demonstration", "Demonstration", (shown,))


def verdict(correct: bool | None) -> Html | None:
    """A mark with its word, so that nothing rests on colour; null where nobody judged."""
    if correct is None:
        return None
    kind, mark = ("right", "✓") if correct else ("wrong", "✗")
    return el("span", mark, el("span", f" {kind}", class_="word"), class_=f"mark {kind}")


def _shown(shown: Shown) -> Html:
    return el(
        "article",
        el("p", PROBE_TITLES[shown.probe], class_="eyebrow"),
        el("h3", quoted(shown.prompt)),
        el("p", el("small", "expected "), quoted(shown.expected)),
        el(
            "dl",
            *_side("base", shown.base, shown.base_correct, shown.base_ms),
            *_side("tuned", shown.tuned, shown.tuned_correct, shown.tuned_ms),
        ),
    )


def _side(side: str, answer: str, correct: bool, ms: float) -> list[Html]:
    took = el("small", f"{ms:,.0f} ms")
    return [
        el("dt", f"{side} ", verdict(correct), " ", took),
        el("dd", quoted(answer), class_=side),
    ]
