"""What would change in a text, as a unified diff."""

from __future__ import annotations

from difflib import unified_diff

from engram.report.screen import Screen
from engram.report.text import visible

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_UNFINISHED = "\\ No newline at end of file"


def as_diff(name: str, before: str, after: str, screen: Screen | None = None) -> str:
    """The difference between two texts of a file, for `patch`; for a person, if there is a screen.

    On a screen, what cannot be seen is an escape, and colours tell the lines apart.
    """
    lines = unified_diff(_lines(before), _lines(after), name, name)
    if screen is None:
        return "".join(map(_finished, lines))
    return "".join(_painted(_finished(line), screen) for line in lines)


def _lines(text: str) -> list[str]:
    # Not `splitlines`: only a line feed ends a line of a corpus, and of a patch.
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _finished(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n{_UNFINISHED}\n"


def _painted(line: str, screen: Screen) -> str:
    return "".join(_paint(part, screen) + "\n" for part in line.split("\n")[:-1])


def _paint(line: str, screen: Screen) -> str:
    text = visible(line.removesuffix("\r"))
    bold = line.startswith(("---", "+++"))
    return screen.paint(text, fg=None if bold else _COLOURS.get(line[:1]), bold=bold)
