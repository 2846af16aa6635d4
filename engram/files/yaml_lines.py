"""YAML as most people write it, read line by line: a key and one short value in each.

What is read here means the same to every parser, and is read several times as fast as by any that
tells where things stand: keys are bare words, texts are quoted or plain and end in their line,
lists are in dashes or in one line. A text with anything else in it, or with a fault, is not read at
all but left to the parsers. That both ways lead to the same document is held by a test.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from engram.core.config import Limits
from engram.files.fault import Position
from engram.files.yaml_data import Parsed, Path
from engram.files.yaml_scalars import Retyped, older_kind, resolve

# What parsers take for a line end, for a mistake, or for no character at all.
_ODD = "\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"
# All the blanks that there are, so that a long run of them is not tried at every length.
_BLANKS = " *(?! )"
# What is repeated in groups is repeated so often at most: each time costs memory while it matches.
_OFTEN = "{0,5000}"
_DOUBLE = rf'"[^"\\{_ODD}]*(?:\\["\\nt][^"\\{_ODD}]*){_OFTEN}"'
_SINGLE = rf"'[^'{_ODD}]*(?:''[^'{_ODD}]*){_OFTEN}'"
# A plain text holds no `: ` and no ` #`, and begins with nothing that means something.
_REST = rf"[^ :{_ODD}]*(?:(?: +(?=[^ #{_ODD}])|:(?=[^ {_ODD}]))[^ :{_ODD}]*){_OFTEN}"
_PLAIN = rf"(?:[A-Za-z0-9_(/.+<=$^;~\\]|-(?=[A-Za-z0-9])|[^ -~{_ODD}]){_REST}"
_LINE = re.compile(
    rf"({_BLANKS})(- {_BLANKS})?(?:([A-Za-z_][A-Za-z0-9_-]{{0,99}}):(?: {_BLANKS}|(?=\n|\Z)))?"
    rf"({_DOUBLE}|{_SINGLE}|{_PLAIN}|\[[^#{_ODD}]*\])?{_BLANKS}((?:(?<= )|^)#[^{_ODD}]*)?"
    r"(?:\n|\Z)|([\s\S])",
    re.MULTILINE,
)
# A part of a list in one line, with the comma before it.
_WORD = r"[A-Za-z0-9_][A-Za-z0-9_./+=-]*"
_PART = rf"(,?){_BLANKS}({_DOUBLE}|{_SINGLE}|{_WORD}(?: {_WORD}){{0,99}}){_BLANKS}"
_LARGE = 1 << 20
# A position, without the call of a function in Python for each of them.
_at: Callable[[tuple[int, int]], Position] = partial(tuple.__new__, Position)
_ESCAPED = re.compile(r"\\(.)")
_MEANT = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


class _Strange(Exception):
    """The text is not of this kind."""


class _Level:
    """An open mapping or list: the column that its parts begin in, its path, its data."""

    __slots__ = ("column", "data", "is_list", "path")

    def __init__(self, column: int, path: Path, data: Any) -> None:
        self.column = column
        self.path = path
        self.data = data
        self.is_list = type(data) is list


def read(text: str, limits: Limits) -> Parsed | None:
    """The document in ``text``, if it is of this kind and nothing is wrong with it; else None."""
    if _is_long(text, limits):
        return None
    reader = _Reader(limits)
    start = 0
    try:
        for number, found in enumerate(_LINE.finditer(text), 1):
            reader.take(found, number, start)
            start = found.end()
        return reader.finished()
    except _Strange:
        return None


def _is_long(text: str, limits: Limits) -> bool:
    """Whether there are lines without end, or one: what matches it all in vain takes a while."""
    if text.count("\n") > limits.nodes:
        return True
    return len(text) > _LARGE and max(map(len, text.split("\n"))) > limits.scalar


class _Reader:
    """Builds a document from lines; raises _Strange for what is not for it to judge."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.keys: dict[Path, Position] = {}
        self.values: dict[Path, Position] = {}
        self.written: dict[Path, str] = {}
        self.commented: dict[Path, str] = {}
        self.older: dict[Path, str] = {}
        # The whole document is the one part of an outermost list, and still to come.
        self.top: list[Any] = []
        self.levels = [_Level(-1, (), self.top)]
        self.awaited: Path | None = ()

    def take(self, found: re.Match[str], number: int, start: int) -> None:
        """Take in the line of that number, which begins at ``start``."""
        indent, dash, key, value, comment, odd = found.groups()
        if dash is None and key is None:
            if odd is not None or value is not None:
                raise _Strange
            return
        level = self.levels[-1]
        column, is_item = len(indent), dash is not None
        if is_item or level.is_list or level.column != column or self.awaited is not None:
            level = self._level_at(column, number, is_item)
        path: Path
        if is_item:
            path = (*level.path, len(level.data))
            if key is None:
                at = _at((number, found.start(4) - start + 1))
                level.data.append(self._value(value, path, at, comment))
                return
            level = self._open(path, found.start(3) - start, number, {})
        if key in level.data or len(key) > self.limits.scalar:
            raise _Strange
        path = (*level.path, key)
        self.keys[path] = _at((number, level.column + 1))
        if value is None:
            self.awaited = path
            level.data[key] = None
        else:
            at = _at((number, found.start(4) - start + 1))
            level.data[key] = self._value(value, path, at, comment)

    def finished(self) -> Parsed:
        """The whole document."""
        if self.awaited is not None or len(self.keys) + len(self.values) > self.limits.nodes:
            raise _Strange
        return Parsed(
            data=self.top[0],
            keys=self.keys,
            values=self.values,
            written=self.written,
            commented=self.commented,
            older=self.older,
        )

    def _level_at(self, column: int, number: int, is_item: bool) -> _Level:
        """The mapping or list that a line is a part of, which may begin with it."""
        levels = self.levels
        if self.awaited is not None:
            path, self.awaited = self.awaited, None
            if column < levels[-1].column + (not is_item):
                raise _Strange
            return self._open(path, column, number, [] if is_item else {})
        level = levels[-1]
        # A list may begin in the column of the key that it belongs to; the next key ends it.
        while level.column > column or (level.column == column and level.is_list and not is_item):
            levels.pop()
            level = levels[-1]
        if level.column != column or level.is_list is not is_item:
            raise _Strange
        return level

    def _open(self, path: Path, column: int, number: int, data: Any) -> _Level:
        level = self.levels[-1]
        if len(self.levels) > self.limits.depth:
            raise _Strange
        if level.is_list:
            level.data.append(data)
        else:
            level.data[path[-1]] = data
        self.values[path] = _at((number, column + 1))
        level = _Level(column, path, data)
        self.levels.append(level)
        return level

    def _value(self, written: str | None, path: Path, at: Position, comment: str | None) -> Any:
        if written is None or len(written) > self.limits.scalar:
            raise _Strange
        self.values[path] = at
        mark = written[0]
        if mark == '"':
            return _ESCAPED.sub(_meant, written[1:-1]) if "\\" in written else written[1:-1]
        if mark == "'":
            return written[1:-1].replace("''", "'")
        return self._list(written, path, at) if mark == "[" else self._plain(written, path, comment)

    def _plain(self, text: str, path: Path, comment: str | None) -> Any:
        value = resolve(text)
        if isinstance(value, Retyped):
            self.written[path] = text
            return value.data
        if older_kind(text):
            self.older[path] = text
        if comment is not None:
            self.commented[path] = text
        return text

    def _list(self, written: str, path: Path, at: Position) -> list[Any]:
        if len(self.levels) > self.limits.depth:
            raise _Strange
        parts: list[Any] = []
        place, end = 1, len(written) - 1 if written[1:-1].strip(" ") else 0
        while place < end:
            found = _part().match(written, place, end)
            if not found or bool(found[1]) is not bool(parts):
                raise _Strange
            where = _at((at.line, at.column + found.start(2)))
            parts.append(self._value(found[2], (*path, len(parts)), where, None))
            place = found.end()
        return parts


@cache
def _part() -> re.Pattern[str]:
    # Compiled late: most corpora have no list in one line.
    return re.compile(_PART)


def _meant(escaped: re.Match[str]) -> str:
    return _MEANT[escaped[1]]
