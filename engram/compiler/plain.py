"""Texts without quotes, of which a reader of YAML may get less than their author wrote."""

from __future__ import annotations

from collections.abc import Iterator

from engram.compiler import rules
from engram.compiler.documents import Document
from engram.compiler.wording import shown
from engram.core.finding import Finding
from engram.files.yaml_data import Path
from engram.files.yaml_scalars import older_kind

# Beside a name, a comment is a comment.
_NAMES = frozenset(
    ("category", "holdout", "id", "license", "match", "name", "schema", "source", "tags", "version")
)


def of_plain_scalars(document: Document) -> Iterator[Finding]:
    """The findings about plain scalars: what a comment cut off, what YAML 1.1 takes for no text."""
    parsed = document.parsed
    file = document.file.shown
    if not isinstance(parsed.data, dict):
        return
    for path, text in parsed.commented.items():
        field = _field(path)
        if field not in _NAMES:
            message = f"{_named(path, field)} ends before the `#`: {shown(text)}"
            yield rules.COMMENT.finding(file, document.at(path), message)
    for path, text in parsed.older.items():
        kind = older_kind(text)
        message = f"{_named(path, _field(path))} is {kind} to readers of YAML 1.1: {text}"
        yield rules.OLDER_YAML.finding(file, document.at(path), message, f'Quote it: "{text}"')


def _field(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _named(path: Path, field: str) -> str:
    return f"`{field}`" if isinstance(path[-1], str) else f"an item of `{field}`"
