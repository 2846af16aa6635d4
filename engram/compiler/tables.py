"""Tables: each row and each template make a pattern, with an id that no reordering can change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from engram.compiler import rules
from engram.compiler.forms import Form, form_of, texts_of
from engram.compiler.growth import too_many_patterns
from engram.compiler.sites import InTable, Table
from engram.compiler.slots import BadSlot, slotted
from engram.compiler.state import KEY_DIGITS, CheckedCorpus, Entry
from engram.compiler.table_rows import closest, table_of
from engram.compiler.wording import NAME_RULE, shown
from engram.core.config import Limits
from engram.core.corpus import Corpus, Pattern, RowTemplate
from engram.core.finding import Finding
from engram.core.rule import Rule
from engram.files.canonical import rank_of
from engram.files.csv_text import MAX_FAULTS
from engram.files.fault import Position


def fill(
    home: CheckedCorpus,
    corpus: Corpus,
    templates: Sequence[int],
    rows: Sequence[int],
    limits: Limits,
) -> tuple[list[list[Entry]], list[Finding]]:
    """The patterns of a corpus's table, those of one row together, and what is wrong with it.

    ``templates`` and ``rows`` are the places in the document of those that can be used.
    """
    table, findings = table_of(home.document, corpus, rows)
    if table is None:
        return [], findings
    forms = list(_forms(home, table, zip(templates, corpus.templates, strict=True), findings))
    if len(forms) == len(corpus.templates):
        findings += _unused(table, corpus.key, forms)
    if corpus.key not in table.columns:
        return [], findings
    large = _too_many(table, forms, limits)
    if large:
        return [], [*findings, large]
    maker = _Maker(home, table, forms, table.columns.index(corpus.key), limits.scalar)
    by_row: list[list[Entry]] = []
    for row in range(len(table.rows)):
        if len(maker.findings) >= MAX_FAULTS:
            message = f"more than {MAX_FAULTS:,} faults; other rows made no patterns"
            findings.append(rules.LIMIT.finding(table.file.shown, table.at(row), message))
            break
        by_row.append(list(maker.patterns_of(row)))
    return by_row, findings + maker.findings


def _too_many(table: Table, forms: Sequence[Form], limits: Limits) -> Finding | None:
    texts = [[text for _, text in texts_of(form.template)] for form in forms]
    cells = sum(len(cell) for row in table.rows for cell in row)
    return too_many_patterns(table.document, texts, len(table.rows), cells, limits)


def _forms(
    home: CheckedCorpus,
    table: Table,
    templates: Iterator[tuple[int, RowTemplate]],
    findings: list[Finding],
) -> Iterator[Form]:
    seen: dict[tuple[str, str], Form] = {}
    document = home.document
    for index, template in templates:
        path = ("templates", index)
        faults = list(_bad_slots(template, table.columns))
        for inner, message, advice in faults:
            at = document.at((*path, *inner))
            findings.append(rules.SLOT.finding(document.file.shown, at, message, advice))
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
            findings.append(rules.DUPLICATE_ROW.finding(document.file.shown, at, message, advice))


def _bad_slots(
    template: RowTemplate, columns: Sequence[str]
) -> Iterator[tuple[tuple[str | int, ...], str, str | None]]:
    for path, text in texts_of(template):
        try:
            slots = dict.fromkeys(slotted(text).columns)
            unknown = [name for name in slots if name not in columns]
        except BadSlot as bad:
            yield path, f"{bad} is part of no slot: {shown(text)}", None
            continue
        for name in unknown:
            yield path, f"the table has no column {shown(name)}", closest(name, columns)


def _unused(table: Table, key: str, forms: Sequence[Form]) -> Iterator[Finding]:
    used = {cell for form in forms for cell in form.used}
    for column, name in enumerate(table.columns):
        if column not in used and name != key and table.rows:
            message = f"no template has a slot for the column {shown(name)}"
            at = table.column_at(column)
            yield rules.UNUSED_COLUMN.finding(table.file.shown, at, message)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes patterns of rows; ``findings`` get what comes out wrong."""

    home: CheckedCorpus
    table: Table
    forms: Sequence[Form]
    key: int
    longest: int
    findings: list[Finding] = field(default_factory=list)

    def patterns_of(self, row: int) -> Iterator[Entry]:
        """The patterns of one row."""
        cells = self.table.rows[row]
        for form in self.forms:
            site = InTable(self.table, form, row)
            name = rank_of("table", self.home.corpus.name, *form.name, cells[self.key])
            try:
                if form.longest(cells) > self.longest:
                    self._tell(rules.LIMIT, site, (), "makes a text over the limit of `scalar`")
                    continue
                fields = {**form.filled(cells), "id": name[:KEY_DIGITS]}
                yield Entry(Pattern.model_validate(fields), self.home, site)
            except ValidationError as error:
                # Cells are never empty, so all that can come out wrong is a name: the category.
                for fault in error.errors(include_url=False):
                    value = shown(str(fault["input"]))
                    message = f"makes the {fault['loc'][0]} {value}; a name {NAME_RULE}"
                    self._tell(rules.VALUE, site, fault["loc"], message)

    def _tell(self, rule: Rule, site: InTable, path: tuple[int | str, ...], message: str) -> None:
        self.findings.append(rule.finding(site.file.shown, site.at(*path), f"the row {message}"))
