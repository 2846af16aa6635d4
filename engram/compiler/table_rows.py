"""The rows of a table, wherever they are written, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any

from engram.compiler import rules
from engram.compiler.documents import Document
from engram.compiler.sites import Table
from engram.compiler.wording import shown
from engram.core.corpus import Corpus
from engram.core.finding import Finding
from engram.files.csv_text import MAX_COLUMNS, MAX_FAULTS

_Row = tuple[str, ...] | Mapping[str, str]

# Longer names are compared with nothing, and more columns are not told: both cost time.
_LONGEST_NAME = 60
_MOST_NAMES = 12


def table_of(
    document: Document, corpus: Corpus, indexes: Sequence[int]
) -> tuple[Table | None, list[Finding]]:
    """The rows that can be used, with the findings about the others; no table if it has none.

    ``indexes`` are the places in the document of the rows that ``corpus`` holds.
    """
    if not isinstance(corpus.rows, str):
        return _checked(
            Table(document, tuple(corpus.rows[0]), (), ()), corpus, zip(indexes, corpus.rows)
        )
    csv = document.table.csv if document.table else None
    if csv is None or not csv.records:
        return None, []
    return _checked(Table(document, csv.columns, (), ()), corpus, enumerate(csv.records))


def closest(name: str, columns: Sequence[str]) -> str:
    """What to write in place of a column that is none."""
    known = [column for column in columns[:MAX_COLUMNS] if len(column) <= _LONGEST_NAME]
    close = get_close_matches(name, known, n=1) if len(name) <= _LONGEST_NAME else []
    if close:
        return f"Did you mean `{close[0]}`?"
    return f"The columns are: {', '.join(known[:_MOST_NAMES])}."


def _checked(
    empty: Table, corpus: Corpus, rows: Iterable[tuple[int, _Row]]
) -> tuple[Table | None, list[Finding]]:
    file, columns = empty.file.shown, empty.columns
    findings: list[Finding] = []
    if len(columns) > MAX_COLUMNS:
        message = f"the table has more than {MAX_COLUMNS:,} columns"
        return None, [rules.LIMIT.finding(file, empty.place(0), message)]
    if corpus.key not in columns:
        findings.append(_no_such_key(empty, corpus.key))
    kept: dict[int, tuple[str, ...]] = {}
    seen: dict[str, int] = {}
    for index, row in rows:
        if len(findings) >= MAX_FAULTS:
            message = f"more than {MAX_FAULTS:,} faults; the rest of the table was not read"
            at = empty.place(index)
            findings.append(rules.LIMIT.finding(file, at, message, "Mend those above first."))
            break
        faults = list(islice(_faults_of(empty, index, row), MAX_FAULTS))
        if not faults:
            cells = row if isinstance(row, tuple) else tuple(row[name] for name in columns)
            faults = list(_same_key(empty, corpus.key, index, cells, seen))
            if not faults:
                kept[index] = cells
        findings += faults
    return Table(empty.document, columns, tuple(kept.values()), tuple(kept)), findings


def _faults_of(table: Table, index: int, row: _Row) -> Iterator[Finding]:
    file = table.file.shown
    if isinstance(row, tuple):
        if "" in row:
            message = f"`{table.columns[row.index('')]}` is empty"
            at = table.place(index, row.index(""))
            yield rules.EMPTY.finding(file, at, message, "Fill the cell, or take the row out.")
        return
    if row.keys() == dict.fromkeys(table.columns).keys():
        return
    for name in table.columns:
        if name not in row:
            message = f"the row has no {shown(name)}, which the first row has"
            yield rules.TABLE.finding(file, table.place(index), message)
    for name in row:
        if name not in table.columns:
            key = table.document.key_at(("rows", index, name))
            message = f"the first row has no {shown(name)}"
            yield rules.TABLE.finding(file, key, message, closest(name, table.columns))


def _no_such_key(table: Table, key: str) -> Finding:
    document = table.document
    message = f"the table has no column {shown(key)}"
    at: Any = document.at(("key",))
    return rules.VALUE.finding(document.file.shown, at, message, closest(key, table.columns))


def _same_key(
    table: Table, key: str, index: int, cells: tuple[str, ...], seen: dict[str, int]
) -> Iterator[Finding]:
    if key not in table.columns:
        return
    column = table.columns.index(key)
    first = seen.setdefault(cells[column], index)
    if first != index:
        place = f"{table.file.shown}:{table.place(first).line}"
        message = f"the row at {place} has the {shown(key)[1:-1]} {shown(cells[column])}, too"
        yield rules.DUPLICATE_ROW.finding(table.file.shown, table.place(index, column), message)
