"""Data as a terminal can show it: nothing invisible, nothing too wide, no cursor moved."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

ELLIPSIS = "…"

# Control and format characters (escape sequences, marks that reverse the direction of text),
# surrogates, and the separators that some programs take for line ends.
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def visible(text: str, *, keep: str = "") -> str:
    """The text with every invisible character written as an escape, but for those in ``keep``."""
    if text.isprintable():
        return text
    return "".join(char if char in keep else _escaped(char) for char in text)


def width(text: str) -> int:
    """How many columns a terminal gives the text: two for wide characters, none for accents."""
    return sum(map(_columns, text))


def shorten(text: str, columns: int) -> str:
    """The text on one line of at most so many columns, its end cut off where it has more."""
    line = visible(text)
    if width(line) <= columns:
        return line
    return line[: _fitting(line, columns - width(ELLIPSIS))] + ELLIPSIS


def wrap(text: str, columns: int) -> list[str]:
    """The lines of the text, at most so wide; they are broken after a space where there is one."""
    lines = visible(text, keep="\n").split("\n")
    return [piece for line in lines for piece in (_pieces(line, columns) if line else [""])]


def pad(text: str, columns: int) -> str:
    """The text with spaces after it, up to so many columns."""
    return text + " " * (columns - width(text))


def _escaped(char: str) -> str:
    if unicodedata.category(char) not in _INVISIBLE:
        return char
    code = ord(char)
    if code < 0x100:
        return _ESCAPES.get(char, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _fitting(line: str, columns: int) -> int:
    """How many characters at the start of the line fit; one at least, or nothing would get on."""
    used = 0
    for place, char in enumerate(line):
        used += _columns(char)
        if used > columns:
            return max(place, 1)
    return len(line)


def _pieces(line: str, columns: int) -> Iterator[str]:
    while line:
        end = _fitting(line, columns)
        if end < len(line):
            words = line.rfind(" ", 0, end) + 1
            end = words if line[:words].strip() else end
        yield line[:end]
        line = line[end:]


def counted(n: int, word: str) -> str:
    """So many of something: ``1 file``, ``1,304 files``."""
    return f"{n:,} {word}{'' if n == 1 else 's'}"
