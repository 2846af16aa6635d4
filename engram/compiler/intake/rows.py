"""Files of rows as records, one at a time: no file is ever in memory as a whole."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Literal

from engram.compiler.intake.json_array import elements
from engram.compiler.intake.json_values import as_row, load
from engram.compiler.intake.record import BATCH, Progress, Record
from engram.core.errors import EngramError

Form = Literal["csv", "tsv", "jsonl", "json", "parquet"]
FORMS: dict[str, Form] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
}
# No line of a table or of JSON lines is longer; without a limit a file without line ends would be
# read into memory as a whole.
LONGEST_LINE = 16 << 20


def read_rows(
    path: Path, form: Form, delimiter: str | None, progress: Progress
) -> Iterator[Record]:
    """The records of a file, in order. Raises EngramError if it cannot be read as that form."""
    if form == "parquet":
        from engram.compiler.intake.parquet import parquet_rows

        yield from parquet_rows(path, progress)
        return
    try:
        with path.open("rb") as file:
            _refuse_utf16(path, file)
            size = path.stat().st_size if file.seekable() else 0
            for number, record in enumerate(_text_rows(path, file, form, delimiter)):
                if number % BATCH == 0:
                    progress(file.tell() if size else number, size)
                yield record
    except OSError as error:
        raise EngramError(f"{path} cannot be read: {error.strerror or error}") from error


def _text_rows(path: Path, file: BinaryIO, form: Form, delimiter: str | None) -> Iterator[Record]:
    if form == "json":
        return (
            Record(line, content.encode(), *as_row(value))
            for line, content, value in elements(path, file)
        )
    if form == "jsonl":
        return _json_lines(path, file)
    return _table(path, file, delimiter or ("\t" if form == "tsv" else ","))


def _refuse_utf16(path: Path, file: BufferedReader) -> None:
    # Looked at and not read: what comes through a pipe comes once.
    if file.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise EngramError(f"{path} is UTF-16", help="Save it as UTF-8.")


def _json_lines(path: Path, file: BinaryIO) -> Iterator[Record]:
    for number, line in _lines(path, file):
        if line.strip():
            yield Record(number, line, *load(line))


def _table(path: Path, file: BinaryIO, delimiter: str) -> Iterator[Record]:
    lines = _Taken(_lines(path, file))
    # Strict: what is quoted in no known way is said, and not guessed at.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    heads = _heads(path, reader, delimiter)
    while True:
        lines.start()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(lines.first, lines.content, None, f"is not CSV: {error}")
            continue
        if cells:
            yield _row(lines, heads, cells)


def _row(lines: _Taken, heads: list[str], cells: list[str]) -> Record:
    if len(cells) != len(heads):
        fault = f"has not as many cells as there are columns: {len(cells)}, not {len(heads)}"
        return Record(lines.first, lines.content, None, fault)
    return Record(lines.first, lines.content, dict(zip(heads, cells)))


def _heads(path: Path, reader: Iterator[list[str]], delimiter: str) -> list[str]:
    try:
        heads = next(reader, [])
    except csv.Error as error:
        raise EngramError(f"{path} has no line of column names: {error}") from error
    if not heads or len(set(heads)) < len(heads):
        what = "names a column twice" if heads else "has no line of column names"
        raise EngramError(f"{path} {what}", help="The first line names the columns.")
    if len(heads) == 1 and any(mark in heads[0] for mark in ",;\t|"):
        raise EngramError(
            f"{path} has one column, {heads[0]!r}", help=f"Is {delimiter!r} the --delimiter?"
        )
    return heads


class _Taken:
    """Lines as a CSV reader wants them, with a record of what it took for the row at hand.

    Bytes that are not UTF-8 become halves of surrogate pairs, which no text may hold.
    """

    def __init__(self, lines: Iterator[tuple[int, bytes]]) -> None:
        self.lines = lines
        self.start()

    def start(self) -> None:
        """A new row begins."""
        self.first, self.content = 0, b""

    def __iter__(self) -> Iterator[str]:
        for number, line in self.lines:
            self.first = self.first or number
            self.content += line
            yield line.decode("utf-8", "surrogateescape")


def _lines(path: Path, file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines with their numbers and line ends, without a byte order mark."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise EngramError(f"line {number} of {path} is longer than {LONGEST_LINE:,} bytes")
        yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
