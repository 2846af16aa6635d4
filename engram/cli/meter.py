"""Progress of a download on a terminal; on anything else, one line for each step."""

from __future__ import annotations

import sys
from typing import TextIO

from engram.cli.form import is_quiet
from engram.report.units import size

BAR = 24
CLEAR = "\r\x1b[2K"


class Meter:
    """Shows what ``pull`` tells it. Used as a context, it leaves the terminal clean.

    ``stream`` is standard error by default, and nothing is written to it by a quiet command.
    """

    def __init__(self, title: str, stream: TextIO | None = None) -> None:
        self.title = title
        self.stream = stream or sys.stderr
        self.silent = is_quiet()
        self.live = self.stream.isatty()
        self.last = ""

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            self._write(CLEAR)

    def show(self, what: str, done: int, total: int) -> None:
        """Show a step and how far it is."""
        if self.live:
            self._write(f"{CLEAR}{self.title}: {what}{_bar(done, total)}")
        elif what != self.last:
            self._write(f"{self.title}: {what}{f' {size(total)}' if total else ''}\n")
        self.last = what

    def _write(self, text: str) -> None:
        if not self.silent:
            self.stream.write(text)
            self.stream.flush()


def _bar(done: int, total: int) -> str:
    if not total:
        return " ..."
    filled = BAR * done // total
    return f" [{'=' * filled}{' ' * (BAR - filled)}] {size(done)} of {size(total)}"
