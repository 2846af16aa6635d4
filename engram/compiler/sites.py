"""The places where a pattern can stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engram.compiler.documents import CorpusFile, Document, LinesFile
from engram.files.fault import Position

if TYPE_CHECKING:
    from engram.compiler.forms import Form

_TOP = Position(1, 1)


@dataclass(frozen=True, slots=True)
class InDocument:
    """A pattern in the list ``examples`` of a document."""

    document: Document
    index: int

    @property
    def file(self) -> CorpusFile:
        return self.document.file

    def at(self, *path: str | int) -> Position:
        """Where the pattern begins, or something in it, or what is nearest above that."""
        return self.document.at(("examples", self.index, *path)) or _TOP

    def added_line_feed(self, field: str) -> bool:
        """Whether the field is a block scalar, which ends with a line feed unless told not to."""
        return ("examples", self.index, field) in self.document.parsed.blocks


@dataclass(frozen=True, slots=True)
class InLine:
    """A pattern in a line of its own; ``index`` counts lines from 0."""

    lines: LinesFile
    index: int

    @property
    def file(self) -> CorpusFile:
        return self.lines.file

    def at(self, *path: str | int) -> Position:
        """Where the line begins, or something in it, or what is nearest above that."""
        if not path:
            return Position(self.index + 1, 1)
        # The line was parsed without positions. It is parsed again for the few that are wanted.
        from engram.files import json_text

        places = json_text.parse(self.lines.line(self.index).decode("utf-8-sig")).values
        known = (places[path[:n]] for n in range(len(path), -1, -1) if path[:n] in places)
        return Position(self.index + 1, next(known, _TOP).column)

    def added_line_feed(self, field: str) -> bool:
        """False: in JSON a line feed at the end is one that somebody wrote."""
        return False


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a corpus, in its own document or in the CSV file that it names.

    ``indexes`` are the places of the rows there: what is wrong has been left out of ``rows``.
    """

    document: Document
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    indexes: tuple[int, ...]

    @property
    def file(self) -> CorpusFile:
        return self.document.table.file if self.document.table else self.document.file

    def at(self, row: int, column: int | None = None) -> Position:
        """Where one of ``rows`` begins, or one of its cells."""
        return self.place(self.indexes[row], column)

    def place(self, index: int, column: int | None = None) -> Position:
        """Where the row of that index in its file begins, or one of its cells."""
        if self.document.table:
            return self.document.table.csv.at(index, column or 0)
        path = () if column is None else (self.columns[column],)
        return self.document.at(("rows", index, *path)) or _TOP

    def column_at(self, column: int) -> Position:
        """Where a column is first named."""
        if self.document.table:
            return self.document.table.csv.column_at(column)
        return self.document.key_at(("rows", self.indexes[0], self.columns[column])) or _TOP


@dataclass(frozen=True, slots=True)
class InTable:
    """A pattern made of a row and the template ``form``. It stands where the row does."""

    table: Table
    form: Form
    row: int

    @property
    def file(self) -> CorpusFile:
        return self.table.file

    def at(self, *path: str | int) -> Position:
        """Where the row begins, or the first of its cells in the field at ``path``."""
        cells = self.form.cells_in(*path)
        return self.table.at(self.row, cells[0] if cells else None)

    def added_line_feed(self, field: str) -> bool:
        """Whether the template's field is a block scalar."""
        return ("templates", self.form.index, field) in self.table.document.parsed.blocks
