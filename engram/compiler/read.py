"""Pass 1: files become documents, each with the position of everything in it."""

from __future__ import annotations

from dataclasses import replace

from engram.compiler.companions import content_of, findings_of, lonely, with_companion
from engram.compiler.documents import CorpusFile, Document
from engram.compiler.ignores import Ignore, ignores_in
from engram.compiler.rules import EMPTY_FILE
from engram.compiler.state import State
from engram.core.build import Options
from engram.core.config import Limits
from engram.core.finding import Finding
from engram.files import yaml
from engram.files.canonical import digest
from engram.files.fault import Fault
from engram.files.reading import decode
from engram.files.yaml_data import UNREAD, Parsed


def read(state: State, _options: Options) -> tuple[State, list[Finding]]:
    """The state with a document for every file that can be read, and what is wrong with others."""
    documents: list[Document] = []
    ignores: list[Ignore] = []
    findings: list[Finding] = []
    for file in state.files:
        if file.is_lines:
            # What describes the lines brings them along.
            findings += lonely(file, state.files)
            continue
        document, faults, text = _document(file, state.config.limits)
        findings += findings_of(file, faults, state.config.limits)
        if document is None or document.parsed.data is UNREAD:
            continue
        if document.parsed.data is None:
            findings.append(EMPTY_FILE.finding(file.shown, None, "the file is empty"))
        else:
            document, found = with_companion(document, state.config.limits)
            documents.append(document)
            findings += found
            ignores += ignores_in(file, text)
    return replace(state, documents=tuple(documents), ignores=tuple(ignores)), findings


def _document(file: CorpusFile, limits: Limits) -> tuple[Document | None, tuple[Fault, ...], str]:
    data = content_of(file, "file_bytes", limits)
    if isinstance(data, Fault):
        return None, (data,), ""
    text = decode(data)
    if isinstance(text, Fault):
        return None, (text,), ""
    parsed = _parse_json(text, limits) if file.is_json else yaml.parse(text, limits)
    return Document(file, len(data), digest(data), parsed), parsed.faults, text


def _parse_json(text: str, limits: Limits) -> Parsed:
    # Imported late, with all of what only some corpora need.
    from engram.files import json_text

    return json_text.parse(text, limits)
