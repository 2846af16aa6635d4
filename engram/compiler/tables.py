"""Tables: each row and each template make a pattern, with an id that no reordering can change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches

from pydantic import ValidationError

from engram.compiler import rules
from engram.compiler.forms import Form, form_of, texts_of
from engram.compiler.growth import too_many_patterns
from engram.compiler.sites import InTable, Table
from engram.compiler.slots import BadSlot, slotted
from engram.compiler.state import KEY_DIGITS, CheckedCorpus, Entry
from engram.compiler.wording import NAME_RULE, shown
from engram.core.config import Limits
from engram.core.corpus import Corpus, Pattern, RowTemplate
from engram.core.finding import Finding
from engram.files.canonical import rank_of
from engram.files.fault import Position

Indexes = Sequence[int]
Report = Callable[[Finding], None]


def fill(
    home: CheckedCorpus,
    corpus: Corpus,
    templates: Indexes,
    rows: Indexes,
    limits: Limits,
    report: Report,
) -> list[list[Entry]]:
    """The patterns of a corpus's table, those of one row together; ``report`` gets what is wrong.

    ``templates`` and ``rows`` are the places in the document of those that can be used.
    """
    table = _table(home, corpus, rows)
    if table is None:
        return []
    table = _checked(table, corpus.key, report)
    forms = list(_forms(home, table, zip(templates, corpus.templates, strict=True), report))
    if len(forms) == len(corpus.templates):
        _unused(table, corpus.key, forms, report)
    if corpus.key not in table.columns:
        return []
    large = _too_many(table, forms, limits)
    if large:
        report(large)
        return []
    key = table.columns.index(corpus.key)
    return [_of_row(home, table, forms, row, key, report) for row in range(len(table.rows))]


def _too_many(table: Table, forms: Sequence[Form], limits: Limits) -> Finding | None:
    texts = [[text for _, text in texts_of(form.template)] for form in forms]
    cells = sum(len(cell) for row in table.rows for cell in row)
    return too_many_patterns(table.document, texts, len(table.rows), cells, limits)


def _table(home: CheckedCorpus, corpus: Corpus, indexes: Indexes) -> Table | None:
    document = home.document
    if isinstance(corpus.rows, str):
        csv = document.table.csv if document.table else None
        if csv is None or not csv.records:
            return None
        return Table(document, csv.columns, tuple(csv.records), tuple(range(len(csv.records))))
    columns = tuple(corpus.rows[0])
    # Rows of other columns are kept as they are, and found out below.
    rows = tuple(tuple(row.get(name, "") for name in columns) for row in corpus.rows)
    return Table(document, columns, rows, tuple(indexes))


def _checked(table: Table, key: str, report: Report) -> Table:
    """The table without the rows that lack a cell or repeat a key."""
    kept: list[int] = []
    seen: dict[str, int] = {}
    place = table.columns.index(key) if key in table.columns else None
    if place is None:
        _no_such_key(table, key, report)
    for row, cells in enumerate(table.rows):
        faults = list(_faults_of_row(table, row))
        for fault in faults:
            report(fault)
        if not faults and place is not None:
            first = seen.setdefault(cells[place], row)
            if first != row:
                report(_same_key(table, key, first, row, place))
                continue
        if not faults:
            kept.append(row)
    return Table(
        table.document,
        table.columns,
        tuple(table.rows[row] for row in kept),
        tuple(table.indexes[row] for row in kept),
    )


def _faults_of_row(table: Table, row: int) -> Iterator[Finding]:
    file, document = table.file.shown, table.document
    if document.table:
        for column, cell in enumerate(table.rows[row]):
            if not cell:
                message = f"`{table.columns[column]}` is empty"
                at = table.at(row, column)
                yield rules.EMPTY.finding(file, at, message, "Fill the cell, or take the row out.")
        return
    written = document.parsed.data["rows"][table.indexes[row]]
    for name in table.columns:
        if name not in written:
            message = f"the row has no `{name}`, which the first row has"
            yield rules.TABLE.finding(file, table.at(row), message)
    for name in written:
        if name not in table.columns:
            message = f"the first row has no `{name}`"
            key = document.key_at(("rows", table.indexes[row], name))
            yield rules.TABLE.finding(file, key, message, _close(name, table.columns))


def _no_such_key(table: Table, key: str, report: Report) -> None:
    document = table.document
    message = f"the table has no column {shown(key)}"
    advice = _close(key, table.columns)
    report(rules.VALUE.finding(document.file.shown, document.at(("key",)), message, advice))


def _same_key(table: Table, key: str, first: int, row: int, column: int) -> Finding:
    value = shown(table.rows[row][column])
    place = f"{table.file.shown}:{table.at(first).line}"
    message = f"the row at {place} has the {key} {value}, too"
    return rules.DUPLICATE_ROW.finding(table.file.shown, table.at(row, column), message)


def _forms(
    home: CheckedCorpus,
    table: Table,
    templates: Iterator[tuple[int, RowTemplate]],
    report: Report,
) -> Iterator[Form]:
    seen: dict[tuple[str, str], Form] = {}
    document = home.document
    for index, template in templates:
        path = ("templates", index)
        faults = list(_bad_slots(template, table.columns))
        for inner, message, advice in faults:
            at = document.at((*path, *inner))
            report(rules.SLOT.finding(document.file.shown, at, message, advice))
        if faults:
            continue
        form = form_of(index, template, table.columns)
        first = seen.setdefault(form.name, form)
        if first is form:
            yield form
        else:
            line = (document.at(("templates", first.index)) or Position(1, 1)).line
            message = f"the template in line {line} has this {form.name[0]}, too"
            at = document.at((*path, form.name[0]))
            advice = "Give each template an `id` of its own."
            report(rules.DUPLICATE_ROW.finding(document.file.shown, at, message, advice))


def _bad_slots(
    template: RowTemplate, columns: Sequence[str]
) -> Iterator[tuple[tuple[str | int, ...], str, str | None]]:
    for path, text in texts_of(template):
        try:
            unknown = [name for name in slotted(text).columns if name not in columns]
        except BadSlot as bad:
            yield path, f"{bad} is part of no slot: {shown(text)}", None
            continue
        for name in unknown:
            yield path, f"the table has no column {shown(name)}", _close(name, columns)


def _unused(table: Table, key: str, forms: Sequence[Form], report: Report) -> None:
    used = {cell for form in forms for cell in form.used}
    for column, name in enumerate(table.columns):
        if column not in used and name != key and table.rows:
            message = f"no template has a slot for the column {shown(name)}"
            at = table.column_at(column)
            report(rules.UNUSED_COLUMN.finding(table.file.shown, at, message))


def _of_row(
    home: CheckedCorpus, table: Table, forms: Sequence[Form], row: int, key: int, report: Report
) -> list[Entry]:
    entries: list[Entry] = []
    cells = table.rows[row]
    for form in forms:
        identity = rank_of("table", home.corpus.name, *form.name, cells[key])[:KEY_DIGITS]
        site = InTable(table, form, row)
        try:
            pattern = Pattern.model_validate({**form.filled(cells), "id": identity})
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                report(_unfit(site, fault["loc"], fault["input"]))
        else:
            entries.append(Entry(pattern, home, site))
    return entries


def _unfit(site: InTable, path: tuple[str | int, ...], value: object) -> Finding:
    # Cells are never empty, so the only texts that can come out wrong are names: of categories.
    message = f"`{path[0]}` {NAME_RULE}; this row makes it {shown(str(value))}"
    return rules.VALUE.finding(site.file.shown, site.at(*path), message)


def _close(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"Did you mean `{close[0]}`?" if close else f"The columns are: {', '.join(known[:20])}."
