"""The demonstration in a terminal: what the base says, and beside it what the tuned model says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from statistics import fmean
from typing import Any, NamedTuple

from engram.core.results import Exchange, Shown
from engram.report.figures import PROBE_TITLES
from engram.report.screen import Screen
from engram.report.text import pad, width, wrap

MOST_LINES = 6  # of one text: an untuned model goes on and on
LABEL = 10  # "expected" and two spaces


class Cell(NamedTuple):
    """One line of one column, and how it is painted."""

    text: str
    style: dict[str, Any]


EMPTY = Cell("", {})


def side_by_side(demo: Sequence[Shown | Exchange], screen: Screen | None = None) -> str:
    """Every prompt with its expected answer, and both models' answers with times and marks."""
    if not demo:
        return "No prompts to show."
    screen = screen or Screen.here()
    blocks = [
        show_one(shown, screen, number=f"{place}/{len(demo)}")
        for place, shown in enumerate(demo, start=1)
    ]
    return "\n\n".join([*blocks, totals(demo, screen)])


def show_one(shown: Shown | Exchange, screen: Screen, *, number: str = "") -> str:
    """One prompt and what both say to it."""
    found = exchange(shown)
    lines = [
        _rule(f"{number} {found.title}".strip(), screen),
        *_labelled("prompt", found.prompt, screen, bold=True),
    ]
    return "\n".join([*lines, show_answers(found, screen)])


def show_answers(found: Exchange, screen: Screen) -> str:
    """What is expected, where one knows, and what both have said so far."""
    column = (screen.width - len(_bar(screen))) // 2
    said = (_ended(found.base, found.base_stopped), _ended(found.tuned, found.tuned_stopped))
    base = _column("base", said[0], found.base_correct, found.base_ms, column, screen)
    tuned = _column("tuned", said[1], found.tuned_correct, found.tuned_ms, column, screen)
    expected = [] if found.expected is None else _labelled("expected", found.expected, screen)
    beside = (
        _beside(left, right, column, screen)
        for left, right in zip_longest(base, tuned, fillvalue=EMPTY)
    )
    return "\n".join([*expected, "", *beside])


def exchange(shown: Shown | Exchange) -> Exchange:
    """One prompt of a report's demonstration, as one that was just asked."""
    if isinstance(shown, Exchange):
        return shown
    return Exchange(title=PROBE_TITLES[shown.probe], **shown.model_dump(exclude={"probe"}))


def _column(
    name: str, answer: str, correct: bool | None, ms: float | None, columns: int, screen: Screen
) -> list[Cell]:
    """A line that says how it went, and the answer below it."""
    words = (
        {True: "✓ right", False: "✗ wrong"} if screen.unicode else {True: "right", False: "wrong"}
    )
    verdict = "" if correct is None else words[correct]
    outcome = "" if ms is None else f"{verdict} {ms:>7,.0f} ms"
    head = f"{name} {outcome:>{columns - len(name) - 1}}"
    colors = {} if correct is None else {"fg": "green" if correct else "red"}
    style = {**colors, "bold": True}
    return [Cell(head, style), *(Cell(line, {}) for line in _few(wrap(answer, columns), screen))]


def _ended(answer: str, stopped: bool) -> str:
    """The answer, with a mark where it would have gone on."""
    return answer if stopped else f"{answer} ..."


def _labelled(label: str, text: str, screen: Screen, **style: Any) -> list[str]:
    """The text to the right of its label, which stands on the first line only."""
    lines = _few(wrap(text, screen.width - LABEL), screen)
    labels = [screen.paint(pad(label, LABEL), dim=True), *[" " * LABEL] * (len(lines) - 1)]
    return [
        f"{head}{screen.paint(line, **style)}" for head, line in zip(labels, lines, strict=True)
    ]


def _beside(left: Cell, right: Cell, columns: int, screen: Screen) -> str:
    first = screen.paint(pad(left.text, columns), **left.style)
    bar = screen.paint(_bar(screen), dim=True)
    return f"{first}{bar}{screen.paint(right.text, **right.style)}".rstrip()


def _few(lines: list[str], screen: Screen) -> list[str]:
    ellipsis = "…" if screen.unicode else "..."
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], ellipsis]


def _rule(title: str, screen: Screen) -> str:
    dash = "─" if screen.unicode else "-"
    head = f"{dash * 2} {title} "
    return screen.paint(head + dash * (screen.width - width(head)), dim=True)


def _bar(screen: Screen) -> str:
    return " │ " if screen.unicode else " | "


def totals(demo: Sequence[Shown | Exchange], screen: Screen) -> str:
    """How many of the prompts each side got right, and how long it took for one."""
    found = [exchange(shown) for shown in demo]
    base = _total("base", [(one.base_correct, one.base_ms) for one in found])
    tuned = _total("tuned", [(one.tuned_correct, one.tuned_ms) for one in found])
    return screen.paint(f"{base}   {tuned}", bold=True)


def _total(name: str, asked: list[tuple[bool | None, float | None]]) -> str:
    judged = [correct for correct, _ in asked if correct is not None]
    right = f"{sum(judged)} of {len(judged)} right, " if judged else ""
    return f"{name}: {right}{fmean(ms or 0 for _, ms in asked):,.0f} ms each"
