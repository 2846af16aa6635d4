"""What the page is told while both answer: lines of JSON, each the whole of what is to be shown."""

from __future__ import annotations

import json

from engram.core.results import Exchange
from engram.report.html.demonstration import card
from engram.report.html.element import Html, el, join


def event(found: Exchange) -> bytes:
    """A line: the card with both answers so far, and in words how far it is."""
    done = found.tuned_ms is not None
    return _line({"card": card(found), "state": _state(found), "done": done})


def fault(sentence: str) -> bytes:
    """A line that says why there is no more."""
    return _line({"fault": sentence})


def _line(fields: dict[str, str | bool]) -> bytes:
    return json.dumps(fields).encode("ascii") + b"\n"


def _state(found: Exchange) -> Html:
    """Where it is; at the end also what was said, for those who hear the page."""
    if found.base_ms is None:
        return join("The base is answering.")
    if found.tuned_ms is None:
        return join("The tuned model is answering.")
    said = f" Base{_judged(found.base_correct)}: {found.base}"
    said += f" Tuned{_judged(found.tuned_correct)}: {found.tuned}"
    return join("Both have answered.", el("span", said, class_="spoken"))


def _judged(correct: bool | None) -> str:
    return "" if correct is None else ", right" if correct else ", wrong"
