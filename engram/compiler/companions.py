"""The file that a corpus brings with it: the table that it names, or its patterns as JSON lines."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from engram.compiler.documents import (
    FIELDS,
    LINES,
    MAX_FAULTY,
    CorpusFile,
    CsvTable,
    Document,
    LinesFile,
)
from engram.compiler.rules import EMPTY_FILE, HALF, OF_FAULT
from engram.core.config import Limits
from engram.core.corpus import is_table_file
from engram.core.finding import Finding
from engram.files.canonical import digest
from engram.files.fault import Fault, over_limit
from engram.files.jsonl import line_starts
from engram.files.reading import decode, read_regular

_SHORTEST = b'{"input":"i","output":"o","category":"c"}'
_TABLE_HELP = "A table has a line with the names of its columns, and a line for each row."


def with_companion(document: Document, limits: Limits) -> tuple[Document, list[Finding]]:
    """The document with the other file of its corpus, if it has one, and what is wrong there."""
    if document.file.is_fields:
        return _with_lines(document, limits)
    data = document.parsed.data
    name = data.get("rows") if isinstance(data, dict) else None
    if isinstance(name, str) and is_table_file(name):
        return _with_table(document, name, limits)
    return document, []


def lonely(file: CorpusFile, files: Iterable[CorpusFile]) -> Iterator[Finding]:
    """A finding if nothing among ``files`` says what the JSON lines of ``file`` are."""
    name = Path(file.path).name.removesuffix(LINES) + FIELDS
    if _place(file.beside(name)) not in map(_place, files):
        message = f"there is no {name} beside these patterns"
        advice = "It holds the `name` and `description` of the corpus, and its options."
        yield HALF.finding(file.shown, None, message, advice)


def content_of(
    file: CorpusFile, setting: str, limits: Limits, *, follow: bool = True
) -> bytes | Fault:
    """The bytes of a file, unless they are more than the limit of that name, or no such file."""
    content = read_regular(Path(file.location), getattr(limits, setting), follow=follow)
    if isinstance(content, Fault) and content.kind == "too-large":
        return over_limit(setting, content.message)
    return content


def finding_of_fault(file: CorpusFile, fault: Fault) -> Finding:
    """The finding for a fault in a file."""
    return OF_FAULT[fault.kind].finding(file.shown, fault.at, fault.message, fault.help or None)


def findings_of(file: CorpusFile, faults: Sequence[Fault], limits: Limits) -> list[Finding]:
    """The findings for the faults of a file, but for those that are too many: their number."""
    more = len(faults) - limits.faults
    told = faults[: limits.faults]
    if more > 0:
        at = faults[limits.faults].at
        told = (*told, over_limit("faults", f"{more:,} more faults are not told", at))
    return [finding_of_fault(file, fault) for fault in told]


def _with_table(document: Document, name: str, limits: Limits) -> tuple[Document, list[Finding]]:
    file = document.file.beside(name)
    content = content_of(file, "table_bytes", limits, follow=False)
    if isinstance(content, Fault):
        # That there is no such file is the document's fault, and its author's to mend.
        fault = replace(content, message=f"{name} {content.message}", at=document.at(("rows",)))
        return document, [finding_of_fault(document.file, fault)]
    text = decode(content)
    if isinstance(text, Fault):
        fault = replace(text, help="Write the table as UTF-8 text.")
        return document, [finding_of_fault(file, fault)]
    if not text:
        return document, [EMPTY_FILE.finding(file.shown, None, "the file is empty", _TABLE_HELP)]
    # Imported late: most corpora have no table.
    from engram.files import csv_text

    csv = csv_text.parse(text, limits)
    table = CsvTable(file, len(content), digest(content), csv)
    return replace(document, table=table), findings_of(file, csv.faults, limits)


def _with_lines(document: Document, limits: Limits) -> tuple[Document, list[Finding]]:
    name = Path(document.file.path).name.removesuffix(FIELDS) + LINES
    file = document.file.beside(name)
    if not os.path.lexists(file.location):
        message = f"there is no {name} beside this file"
        advice = "It holds the patterns of the corpus, one a line."
        return document, [HALF.finding(document.file.shown, None, message, advice)]
    content = content_of(file, "lines_bytes", limits, follow=False)
    if isinstance(content, Fault):
        return document, [finding_of_fault(file, content)]
    if not content:
        advice = "It holds a pattern a line, as JSON."
        return document, [EMPTY_FILE.finding(file.shown, None, "the file is empty", advice)]
    # No pattern is shorter. Where there are more lines than this, so many of those before them are
    # faulty that they end the reading.
    most = len(content) // len(_SHORTEST) + MAX_FAULTY + 2
    starts = array("q", islice(line_starts(content), most))
    lines = LinesFile(file, len(content), digest(content), content, starts)
    return replace(document, lines=lines), []


def _place(file: CorpusFile) -> str:
    path = Path(file.location)
    return f"{os.path.realpath(path.parent)}/{path.name}"
