"""The demonstration as plain text: the same answers give the same lines, to keep and to diff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engram.core.results import Exchange
from engram.report.text import visible


def transcript(demo: Sequence[Exchange]) -> str:
    """Every prompt and answer whole, each on a line of its own; no times, no colours, no marks."""
    return "\n\n".join("\n".join(_lines(one)) for one in demo)


def _lines(one: Exchange) -> Iterator[str]:
    yield f"prompt: {visible(one.prompt)}"
    yield f"from: {one.title}"
    if one.expected is not None:
        yield f"expected: {visible(one.expected)}"
    yield _said("base", one.base, one.base_correct, one.base_stopped)
    yield _said("tuned", one.tuned, one.tuned_correct, one.tuned_stopped)


def _said(name: str, answer: str, correct: bool | None, stopped: bool) -> str:
    notes = [] if correct is None else ["right" if correct else "wrong"]
    notes += [] if stopped else ["cut"]
    noted = f" ({', '.join(notes)})" if notes else ""
    return f"{name}{noted}: {visible(answer)}"
