"""How far a run is, in a notebook: one line that changes in place."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any

from engram.report.html.element import Html, el

SECONDS_BETWEEN = 0.1


class Progress:
    """Watches a run: ``engram.run(manifest, watch=engram.Progress())``."""

    def __init__(self) -> None:
        self.stage, self.note = "", ""
        self.done, self.total = 0, 0
        self.started = self.shown = 0.0
        self.handle: Any = None

    def begin(self, stage: str, total: int) -> None:
        """A stage begins: it has a line of its own."""
        self.stage, self.note, self.done, self.total = stage, "", 0, total
        self.started = self.shown = time.monotonic()
        self.handle = _display(self._line(), display_id=True)

    def advance(self, done: int, note: str = "") -> None:
        """More of the stage is complete."""
        self.done, self.note = self.done + done, note or self.note
        if time.monotonic() - self.shown > SECONDS_BETWEEN:
            self._update()

    def end(self) -> None:
        """The stage is over; its line stays, with the time that it took."""
        self._update()

    def say(self, line: str) -> None:
        """A line of its own."""
        _display(el("div", line))

    warn = say

    def _update(self) -> None:
        self.shown = time.monotonic()
        if self.handle is not None:
            self.handle.update(_bundle(self._line()), raw=True)

    def _line(self) -> Html:
        seconds = time.monotonic() - self.started
        told = f" {self.done}/{self.total} in {seconds:.1f} s"
        return el(
            "div",
            el("span", self.stage, style="display: inline-block; min-width: 9em"),
            el("progress", value=self.done if self.total else 1, max=self.total or 1),
            told,
            f", {self.note}" if self.note else None,
        )


def _display(html: Html, **settings: Any) -> Any:
    """What IPython gives back for something that it displays: a handle, with ``display_id``."""
    show: Any = import_module("IPython.display").display
    return show(_bundle(html), raw=True, **settings)


def _bundle(html: Html) -> dict[str, str]:
    return {"text/html": html}
