"""Pass 1: files become documents, each with the position of everything in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engram.compiler.rules import EMPTY_FILE, OF_FAULT
from engram.compiler.state import CorpusFile, Document, State
from engram.core.build import Options
from engram.core.finding import Finding
from engram.files import json_text, yaml
from engram.files.canonical import digest
from engram.files.fault import Fault
from engram.files.reading import decode, read_regular
from engram.files.yaml_data import UNREAD

MAX_BYTES = 4 << 20


def read(state: State, _options: Options) -> tuple[State, list[Finding]]:
    """The state with a document for every file that can be read, and what is wrong with others."""
    documents: list[Document] = []
    findings: list[Finding] = []
    for file in state.files:
        document, faults = _document(file)
        findings += [_finding(file, fault) for fault in faults]
        if document is None or document.parsed.data is UNREAD:
            continue
        if document.parsed.data is None:
            findings.append(EMPTY_FILE.finding(file.shown, None, "the file is empty"))
        else:
            documents.append(document)
    return replace(state, documents=tuple(documents)), findings


def _document(file: CorpusFile) -> tuple[Document | None, tuple[Fault, ...]]:
    data = read_regular(Path(file.location), MAX_BYTES)
    if isinstance(data, Fault):
        return None, (data,)
    text = decode(data)
    if isinstance(text, Fault):
        return None, (text,)
    parsed = (json_text if file.is_json else yaml).parse(text)
    return Document(file, len(data), digest(data), parsed), parsed.faults


def _finding(file: CorpusFile, fault: Fault) -> Finding:
    rule = OF_FAULT[fault.kind]
    return rule.finding(file.shown, fault.at, fault.message, fault.help or None)
