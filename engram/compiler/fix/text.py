"""A text as lines whose ends stay where they are, whatever is done to the lines."""

from __future__ import annotations

from engram.files.fault import Position


class Lines:
    """The lines of a text, without their ends, to be changed in place.

    Each place keeps its own line end, be it LF, CRLF or, at the end of the text, none.
    """

    def __init__(self, text: str) -> None:
        parts = text.split("\n")
        self.bodies = [part.removesuffix("\r") for part in parts]
        self._ends = ["\r\n" if part.endswith("\r") else "\n" for part in parts[:-1]]
        # A carriage return at the end of all is no line end, and not ours to judge.
        self.bodies[-1], self._last = parts[-1], ""

    def replace(self, start: Position, end: Position, new: str) -> None:
        """Put ``new`` where the text from ``start`` to ``end`` was; ``new`` has no line end."""
        head = self.bodies[start.line - 1][: start.column - 1]
        tail = self.bodies[end.line - 1][end.column - 1 :]
        self.bodies[start.line - 1 : end.line] = [head + new + tail]
        del self._ends[start.line - 1 : end.line - 1]

    def insert_first(self, line: str) -> None:
        """Put a line before all others, ended like the first of them."""
        self.bodies.insert(0, line)
        self._ends.insert(0, self._ends[0] if self._ends else "\n")

    def __str__(self) -> str:
        ended = zip(self.bodies, [*self._ends, self._last], strict=True)
        return "".join(body + end for body, end in ended)
