"""Small corpora, written the way a person would write them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from engram.compiler import DEAL, LOOK
from engram.compiler.emit import Artifacts, emit
from engram.compiler.lock import Lock
from engram.compiler.renewal import recorded
from engram.compiler.rows import parse_rows, parse_sites
from engram.compiler.sources import find
from engram.compiler.state import State
from engram.core.build import SPLITS, Options, PatternSite, Row, Split
from engram.core.finding import Finding, errors_in

Fields = dict[str, Any]


def pattern(number: int, category: str = "sums", **fields: Any) -> Fields:
    """A pattern unlike any other: ``2 + number``."""
    return {"input": f"2 + {number} =", "output": str(2 + number), "category": category} | fields


def corpus(examples: list[Fields], name: str = "sums", **fields: Any) -> Fields:
    """A corpus of these patterns."""
    return {"name": name, "description": "Sums"} | fields | {"examples": examples}


def write_corpora(folder: Path, *corpora: Fields) -> Path:
    """A folder with one file for each corpus, named after it."""
    folder.mkdir(parents=True, exist_ok=True)
    for document in corpora:
        (folder / f"{document['name']}.yaml").write_text(as_yaml(document), encoding="utf-8")
    return folder


def as_yaml(data: Any, indent: int = 0) -> str:
    """``data`` as block YAML with quoted scalars; the inverse of parsing it."""
    pad = "  " * indent
    if isinstance(data, dict) and data:
        return "".join(f"\n{pad}{key}:{as_yaml(value, indent + 1)}" for key, value in data.items())
    if isinstance(data, list) and data:
        return "".join(f"\n{pad}-{_item(item, indent)}" for item in data)
    return f" {json.dumps(data)}" if not isinstance(data, str) else f" {_quoted(data)}"


def _item(item: Any, indent: int) -> str:
    text = as_yaml(item, indent + 1)
    return f" {text.lstrip()}" if text.startswith("\n") else text


def _quoted(text: str) -> str:
    # JSON writes U+1F600 as two surrogates, which no YAML reader puts together again.
    return (
        '"'
        + "".join(f"\\U{ord(c):08x}" if ord(c) > 0xFFFF else json.dumps(c)[1:-1] for c in text)
        + '"'
    )


def in_memory() -> str | None:
    """A folder for files that need not survive, in memory; none where the system has none."""
    folder = "/dev/shm"  # noqa: S108 - only folders with names that nobody can guess go there
    return folder if os.access(folder, os.W_OK) else None


def look(folder: Path, options: Options, lock: Lock | None = None) -> tuple[State, list[Finding]]:
    """What the passes make of a folder under a lock, before anything is emitted."""
    files, findings = find([folder])
    state = State(files=files, lock=lock or Lock())
    for step in (*LOOK, *DEAL):
        state, found = step(state, options)
        findings = findings + found
    return recorded(state), findings


def compiled(folder: Path, options: Options | None = None) -> Artifacts:
    """The build of a folder, in memory."""
    options = options or Options()
    state, findings = look(folder, options)
    assert errors_in(findings) == []
    return emit(state, options)


def rows_in(artifacts: Artifacts) -> dict[Split, tuple[Row, ...]]:
    """The rows of a build, by split."""
    return {
        split: parse_rows(
            artifacts.files.get(f"{artifacts.manifest.data_folder}/{split}.jsonl", b"")
        )
        for split in SPLITS
    }


def sites_in(artifacts: Artifacts) -> dict[str, PatternSite]:
    """The places of the patterns of a build."""
    return parse_sites(artifacts.files[artifacts.manifest.patterns.path])
