"""The demonstration in a terminal: what the base says, and beside it what the tuned model says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from engram.core.results import Shown
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


def side_by_side(demo: Sequence[Shown], screen: Screen | None = None) -> str:
    """Every prompt with its expected answer, and both models' answers with times and marks."""
    if not demo:
        return "No prompts to show."
    screen = screen or Screen.here()
    blocks = [
        show_one(shown, screen, number=f"{place}/{len(demo)}")
        for place, shown in enumerate(demo, start=1)
    ]
    return "\n\n".join([*blocks, _totals(demo, screen)])


def show_one(shown: Shown, screen: Screen, *, number: str = "") -> str:
    """One prompt and what both say to it."""
    column = (screen.width - len(_bar(screen))) // 2
    base = _column("base", shown.base, shown.base_correct, shown.base_ms, column, screen)
    tuned = _column("tuned", shown.tuned, shown.tuned_correct, shown.tuned_ms, column, screen)
    lines = [
        _rule(f"{number} {PROBE_TITLES[shown.probe]}".strip(), screen),
        *_labelled("prompt", shown.prompt, screen, bold=True),
        *_labelled("expected", shown.expected, screen),
        "",
        *(
            _beside(left, right, column, screen)
            for left, right in zip_longest(base, tuned, fillvalue=EMPTY)
        ),
    ]
    return "\n".join(lines)


def _column(
    name: str, answer: str, correct: bool, ms: float, columns: int, screen: Screen
) -> list[Cell]:
    """A line that says how it went, and the answer below it."""
    marks = ("✓ right", "✗ wrong") if screen.unicode else ("right", "wrong")
    outcome = f"{marks[0] if correct else marks[1]} {ms:>7,.0f} ms"
    head = f"{name} {outcome:>{columns - len(name) - 1}}"
    verdict = Cell(head, {"fg": "green" if correct else "red", "bold": True})
    return [verdict, *(Cell(line, {}) for line in _few(wrap(answer, columns), screen))]


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


def _totals(demo: Sequence[Shown], screen: Screen) -> str:
    base = _total("base", [shown.base_correct for shown in demo], [s.base_ms for s in demo])
    tuned = _total("tuned", [shown.tuned_correct for shown in demo], [s.tuned_ms for s in demo])
    return screen.paint(f"{base}   {tuned}", bold=True)


def _total(name: str, correct: list[bool], ms: list[float]) -> str:
    return f"{name}: {sum(correct)} of {len(correct)} right, {sum(ms) / len(ms):,.0f} ms each"
