"""Quotes around values that YAML does not take for text, although text is meant."""

from __future__ import annotations

import copy
from typing import Any

from engram.compiler.documents import Document
from engram.compiler.fix.text import Lines
from engram.compiler.problems import problems_in
from engram.compiler.rules import RETYPED
from engram.compiler.wording import finding_of
from engram.files.yaml import unix
from engram.files.yaml_data import Path
from engram.files.yaml_layout import layout_of


def quoted(text: str, document: Document) -> str:
    """The text of a document with every retyped value in quotes, as it is written."""
    paths = retyped(document)
    layout = layout_of(unix(text)) if paths else None
    if layout is None:
        return text
    lines = Lines(text)
    # From the end, so that what is still to be replaced stays where it is.
    for start in sorted((document.parsed.values[path] for path in paths), reverse=True):
        scalar = layout.scalars[start]
        lines.replace(start, scalar.end, f'"{scalar.value}"')
    return str(lines)


def meant(document: Document) -> Any:
    """The data of a document with the text of every retyped value in place of what YAML reads."""
    data = copy.deepcopy(document.parsed.data)
    for path in retyped(document):
        target = data
        for part in path[:-1]:
            target = target[part]
        target[path[-1]] = document.parsed.written[path]
    return data


def retyped(document: Document) -> list[Path]:
    """The paths of the values that are found to be retyped."""
    found = ((p.path, finding_of(document, p)) for p in problems_in(document.parsed.data))
    return [path for path, finding in found if finding and finding.code == RETYPED.code]
