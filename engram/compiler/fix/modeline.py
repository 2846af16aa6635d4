"""The line by which an editor finds the schema of a corpus."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from engram.compiler.fix.text import Lines

SERVER = "yaml-language-server:"
SCHEMA = Path("schemas") / "corpus.v1.json"


def with_modeline(text: str, comments: Iterable[str], schema: str) -> str:
    """The text with a modeline that names ``schema``, unless one of its comments is a modeline."""
    if any(SERVER in comment for comment in comments):
        return text
    lines = Lines(text)
    lines.insert_first(f"# {SERVER} $schema={schema}")
    return str(lines)


def schema_for(corpus: Path) -> str | None:
    """The path to the schema from the folder of a corpus: nearest above it in its repository.

    None if there is none, for a modeline that leads nowhere is worse than none.
    """
    home = Path(os.path.realpath(corpus)).parent
    for folder in (home, *home.parents):
        place = folder / SCHEMA
        if place.is_file():
            return Path(os.path.relpath(place, home)).as_posix()
        if (folder / ".git").exists():
            break
    return None
