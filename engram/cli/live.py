"""A piece of text on a terminal that is drawn again in place as it grows."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO

from engram.report.screen import NARROWEST

UP = "\x1b[{}A"
REST_OF_LINE = "\x1b[K"
REST_OF_SCREEN = "\x1b[J"
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
# A prompt and an expected answer of six lines each, both answers, and what stands between them.
HIGHEST = 24


def can_draw(stream: TextIO | None = None) -> bool:
    """Whether the stream is a terminal that moves its cursor and holds the highest piece."""
    stream = stream or sys.stdout
    if not stream.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return False
    columns, lines = shutil.get_terminal_size()
    return columns >= NARROWEST and lines >= HIGHEST


class Live:
    """A context in which ``draw`` puts each text in the place of the one before."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.height = 0

    def __enter__(self) -> Live:
        self.stream.write(HIDE_CURSOR)
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.write(SHOW_CURSOR)
        self.stream.flush()

    def draw(self, text: str) -> None:
        """Show the text, of lines that fit the terminal, where the last one stood."""
        lines = text.split("\n")
        # One write: half a picture would flicker.
        back = UP.format(self.height) if self.height else ""
        body = "".join(f"{line}{REST_OF_LINE}\n" for line in lines)
        self.stream.write(f"{back}{body}{REST_OF_SCREEN}")
        self.stream.flush()
        self.height = len(lines)
