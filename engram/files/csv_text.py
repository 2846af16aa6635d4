"""CSV by RFC 4180, and nothing beyond it: a header, then records of as many cells.

Python's own reader forgives what this one must not (a quote in mid-cell, a record that is too
short), and does not say where a cell stands.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from engram.core.config import DEFAULT_LIMITS, Limits
from engram.files.fault import Fault, Kind, Position, over_limit
from engram.files.reading import position_of

_BARE = re.compile(r'[^",\n]*')
_SHOWN = 30

# A table with more columns is no table that a person wrote, and after so many faults the next one
# helps nobody.
MAX_COLUMNS = 1_000
MAX_FAULTS = 1_000
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Csv:
    """A table: its columns, and the records that have them all.

    ``starts`` and ``lines`` say for each record where in ``text`` it begins, and in which line. If
    a fault ended the parse, the records before it are there.
    """

    text: str = ""
    columns: tuple[str, ...] = ()
    records: list[tuple[str, ...]] = field(default_factory=list)
    starts: array[int] = field(default_factory=lambda: array("q"))
    lines: array[int] = field(default_factory=lambda: array("q"))
    faults: tuple[Fault, ...] = ()

    def at(self, record: int, column: int = 0) -> Position:
        """Where a cell begins. Looked for when asked, since few cells are ever asked for."""
        start, line = self.starts[record], self.lines[record]
        return _place_in(self.text, start, line, column)

    def column_at(self, column: int) -> Position:
        """Where the name of a column stands in the header."""
        return _place_in(self.text, 0, 1, column)


def parse(text: str, limits: Limits = DEFAULT_LIMITS) -> Csv:
    """The table in ``text``; never raises. A text of nothing at all has no columns and no fault."""
    if not text:
        return Csv()
    reader = _Reader(text, limits)
    columns = reader.header()
    if not reader.broken:
        reader.body(len(columns))
    faults = tuple(reader.faults)
    return Csv(text, columns, reader.records, reader.starts, reader.lines, faults)


class _Broken(Exception):
    """What begins at ``index`` is no cell, and nothing behind it can be told from it."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.message = message
        self.index = index


class _Record(NamedTuple):
    cells: tuple[str, ...]
    start: int
    line: int


class _Reader:
    """Takes a text apart. ``broken``: a fault ended the reading."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.text = text
        self.limits = limits
        self.index = 0
        self.line = 1
        self.broken = False
        self.records: list[tuple[str, ...]] = []
        self.starts = array("q")
        self.lines = array("q")
        self.faults: list[Fault] = []

    def header(self) -> tuple[str, ...]:
        """The names of the columns, with a fault for each that cannot be one."""
        record = next(self._all(), None)
        if record is None:
            return ()
        top = Position(1, 1)
        if len(record.cells) > MAX_COLUMNS:
            message = f"the table has more than {MAX_COLUMNS:,} columns"
            self._fault("limit", message, top, "Leave out those that no template uses.")
            self.broken = True
            return ()
        if max(map(len, record.cells)) > MAX_NAME:
            message = f"the name of a column is longer than {MAX_NAME} characters"
            self._fault("limit", message, top, "The first line holds the names of the columns.")
            self.broken = True
            return ()
        seen: set[str] = set()
        for column, name in enumerate(record.cells):
            at = _place_in(self.text, 0, 1, column)
            if not name.strip():
                self._fault("table", "a column has no name", at, "Name it, or remove it.")
            elif "{" in name or "}" in name:
                message = f"no slot can name the column {name[:_SHOWN]!r}"
                self._fault("table", message, at, "Take the braces out of the name.")
            elif name in seen:
                message = f"the column {name[:_SHOWN]!r} is here twice"
                self._fault("duplicate", message, at, "Rename one of them.")
            seen.add(name)
        return record.cells

    def body(self, width: int) -> None:
        """Take in the records below the header that are as wide as it is."""
        most = self.limits.table_cells
        for cells, start, line in self._all():
            at = Position(line, 1)
            if len(self.faults) >= MAX_FAULTS:
                message = f"more than {MAX_FAULTS:,} faults; the rest of the table was not read"
                self._fault("limit", message, at, "Mend those above first.")
                return
            if len(self.records) * width >= most:
                message = f"the table has more than {most:,} cells"
                self.faults.append(over_limit("table_cells", message, at))
                return
            fault = self._fault_in(cells, width, at)
            if fault:
                self.faults.append(fault)
                continue
            self.records.append(cells)
            self.starts.append(start)
            self.lines.append(line)
        if not self.records and not self.faults:
            at = Position(1, 1)
            self._fault("table", "the table has a header and no rows", at, "Add rows below it.")

    def _fault_in(self, cells: tuple[str, ...], width: int, at: Position) -> Fault | None:
        if len(cells) != width or cells == ("",):
            found = f"{len(cells)} cell{'' if len(cells) == 1 else 's'}"
            message = f"the header has {width}, this row {found}"
            if cells == ("",):
                message = "the line is empty"
            advice = "Put cells that hold a comma or a line feed in double quotes."
            return Fault("table", message, at, advice)
        if max(map(len, cells)) > self.limits.scalar:
            message = f"a cell is longer than {self.limits.scalar:,} characters"
            return over_limit("scalar", message, at)
        return None

    def _all(self) -> Iterator[_Record]:
        text = self.text
        while self.index < len(text):
            start, line = self.index, self.line
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            if text.find('"', start, end) < 0:
                cells = tuple(text[start:end].split(","))
            else:
                try:
                    found, end = _cells(text, start)
                except _Broken as broken:
                    at = position_of(text, broken.index)
                    advice = "Put the whole cell in double quotes, and double those inside."
                    self._fault("syntax", broken.message, at, advice)
                    self.broken = True
                    return
                cells = tuple(value for value, _ in found)
            self.line += text.count("\n", start, end) + 1
            self.index = end + 1
            yield _Record(cells, start, line)

    def _fault(self, kind: Kind, message: str, at: Position, help: str) -> None:
        self.faults.append(Fault(kind, message, at, help))


def _cells(text: str, index: int) -> tuple[list[tuple[str, int]], int]:
    """The cells of the record at ``index``, each with where it begins; and where it ends."""
    cells: list[tuple[str, int]] = []
    while True:
        value, end = _cell(text, index)
        cells.append((value, index))
        sign = text[end : end + 1]
        if sign != ",":
            if sign in ("", "\n"):
                return cells, end
            quoted = text[index] == '"'
            what = "something follows the closing quote" if quoted else "a quote stands in mid-cell"
            raise _Broken(what, end)
        index = end + 1


def _cell(text: str, index: int) -> tuple[str, int]:
    if text[index : index + 1] != '"':
        end = _BARE.match(text, index).end()  # type: ignore[union-attr]
        return text[index:end], end
    end = index + 1
    while True:
        end = text.find('"', end)
        if end < 0:
            raise _Broken("the cell that begins here has no closing quote", index)
        if text[end + 1 : end + 2] != '"':
            return text[index + 1 : end].replace('""', '"'), end + 1
        end += 2


def _place_in(text: str, start: int, line: int, column: int) -> Position:
    cells, _ = _cells(text, start)
    index = cells[column][1]
    feeds = text.count("\n", start, index)
    return Position(line + feeds, index - text.rfind("\n", 0, index))
