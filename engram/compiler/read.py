"""Pass 1: files become documents, each with the position of everything in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engram.compiler.documents import CorpusFile, CsvTable, Document
from engram.compiler.ignores import Ignore, ignores_in
from engram.compiler.rules import EMPTY_FILE, OF_FAULT
from engram.compiler.state import State
from engram.core.build import Options
from engram.core.config import Limits
from engram.core.corpus import is_table_file
from engram.core.finding import Finding
from engram.files import csv_text, json_text, yaml
from engram.files.canonical import digest
from engram.files.fault import Fault, over_limit
from engram.files.reading import decode, read_regular
from engram.files.yaml_data import UNREAD

_TABLE_HELP = "A table has a line with the names of its columns, and a line for each row."


def read(state: State, _options: Options) -> tuple[State, list[Finding]]:
    """The state with a document for every file that can be read, and what is wrong with others."""
    documents: list[Document] = []
    ignores: list[Ignore] = []
    findings: list[Finding] = []
    for file in state.files:
        document, faults, text = _document(file, state.config.limits)
        findings += [_finding(file, fault) for fault in first_of(faults, state.config.limits)]
        if document is None or document.parsed.data is UNREAD:
            continue
        if document.parsed.data is None:
            findings.append(EMPTY_FILE.finding(file.shown, None, "the file is empty"))
        else:
            document, found = _with_table(document, state.config.limits)
            documents.append(document)
            findings += found
            ignores += ignores_in(file, text)
    return replace(state, documents=tuple(documents), ignores=tuple(ignores)), findings


def _document(file: CorpusFile, limits: Limits) -> tuple[Document | None, tuple[Fault, ...], str]:
    data = read_regular(Path(file.location), limits.file_bytes)
    if isinstance(data, Fault):
        large = data.kind == "too-large"
        return None, (over_limit("file_bytes", data.message) if large else data,), ""
    text = decode(data)
    if isinstance(text, Fault):
        return None, (text,), ""
    parsed = (json_text if file.is_json else yaml).parse(text, limits)
    return Document(file, len(data), digest(data), parsed), parsed.faults, text


def _with_table(document: Document, limits: Limits) -> tuple[Document, list[Finding]]:
    """The document with the CSV file that it names under ``rows``, if it names one."""
    data = document.parsed.data
    name = data.get("rows") if isinstance(data, dict) else None
    if not isinstance(name, str) or not is_table_file(name):
        return document, []
    file = document.file.beside(name)
    content = read_regular(Path(file.location), limits.table_bytes, follow=False)
    if isinstance(content, Fault):
        # That there is no such file is the document's fault, and its author's to mend.
        fault = replace(content, message=f"{name} {content.message}", at=document.at(("rows",)))
        return document, [_finding(document.file, fault)]
    text = decode(content)
    if isinstance(text, Fault):
        return document, [_finding(file, replace(text, help="Write the table as UTF-8 text."))]
    if not text:
        return document, [EMPTY_FILE.finding(file.shown, None, "the file is empty", _TABLE_HELP)]
    csv = csv_text.parse(text)
    table = CsvTable(file, len(content), digest(content), csv)
    return replace(document, table=table), [
        _finding(file, fault) for fault in first_of(csv.faults, limits)
    ]


def first_of(faults: Sequence[Fault], limits: Limits) -> Sequence[Fault]:
    """As many of the faults of a file as are told, and in place of the rest their number."""
    more = len(faults) - limits.faults
    if more <= 0:
        return faults
    rest = over_limit("faults", f"{more:,} more faults are not told", faults[limits.faults].at)
    return [*faults[: limits.faults], rest]


def _finding(file: CorpusFile, fault: Fault) -> Finding:
    rule = OF_FAULT[fault.kind]
    return rule.finding(file.shown, fault.at, fault.message, fault.help or None)
