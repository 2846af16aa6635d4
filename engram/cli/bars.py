"""Progress bars on a terminal; on anything else a line now and then, for a readable log."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, TextIO

from engram.cli.form import is_quiet

if TYPE_CHECKING:
    from engram.lab.watch import Watch

SECONDS_BETWEEN_LINES = 15.0
BAR = "{desc:<14} {percentage:3.0f}% {bar:20} {n_fmt}/{total_fmt} [{elapsed}<{remaining}]{postfix}"


class Bars:
    """Watches a run (``lab.Watch``) and shows it on a stream."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.bar: Any = None
        self.stage, self.total, self.done = "", 0, 0
        self.started = self.said = 0.0

    def begin(self, stage: str, total: int) -> None:
        """A stage begins."""
        self.stage, self.total, self.done = stage, total, 0
        self.started = self.said = time.monotonic()
        if self.live:
            from tqdm import tqdm

            self.bar = tqdm(
                total=total, desc=stage, file=self.stream, bar_format=BAR, ncols=79, leave=True
            )

    def advance(self, done: int, note: str = "") -> None:
        """More of the stage is complete."""
        self.done += done
        if self.bar is not None:
            self.bar.set_postfix_str(note, refresh=False)
            self.bar.update(done)
        elif self.done < self.total and time.monotonic() - self.said > SECONDS_BETWEEN_LINES:
            self._line(note)

    def end(self) -> None:
        """The stage is over."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None
        else:
            self._line(f"{time.monotonic() - self.started:.1f} s")

    def say(self, line: str) -> None:
        """A line of its own."""
        print(line, file=self.stream, flush=True)

    warn = say

    def _line(self, note: str) -> None:
        self.said = time.monotonic()
        self.say(f"{self.stage}: {self.done}/{self.total}{f', {note}' if note else ''}")


def watcher() -> Watch:
    """Who watches a run for the command line: progress bars, or, for a quiet command, warnings."""
    from engram.lab.watch import Nobody

    class Quiet(Nobody):
        def warn(self, line: str) -> None:
            Bars().say(line)

    return Quiet() if is_quiet() else Bars()
