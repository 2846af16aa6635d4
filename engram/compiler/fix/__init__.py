"""What can be mended in a corpus without changing what its author meant.

Retyped values are quoted as they are written, keys are put in order, and an editor is shown the
schema. Comments, layout, line ends and a byte order mark stay. Every change is held against what
was meant: if the text after it would say anything else, or lose a comment, it is not made.

Only YAML documents without faults are touched: no JSON, no tables, no lines of patterns.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engram.compiler.documents import Document
from engram.compiler.fix.modeline import schema_for, with_modeline
from engram.compiler.fix.ordering import ordered
from engram.compiler.fix.quoting import meant, quoted
from engram.compiler.read import read
from engram.compiler.sources import find
from engram.compiler.state import State
from engram.core.build import Options
from engram.core.config import DEFAULT_LIMITS, Config, Limits
from engram.core.errors import EngramError
from engram.files import yaml
from engram.files.atomic import alone, sweep_files, write_file
from engram.files.canonical import digest
from engram.files.yaml_layout import comments_in, layout_of

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Mended:
    """A file that can be mended: its name, where it is, and its text before and after."""

    shown: str
    location: Path
    before: str
    after: str

    def write(self) -> None:
        """Put the mended text in place of the file, in one step and with its permissions.

        Raises EngramError if it cannot be written, or is no longer what was mended.
        """
        place = Path(os.path.realpath(self.location))
        try:
            with alone(place.parent):
                if place.read_bytes() != self.before.encode():
                    advice = "Try again."
                    raise EngramError(f"{self.shown} changed while it was mended", help=advice)
                write_file(place, self.after.encode(), mode=place.stat().st_mode & 0o777)
        except OSError as error:
            raise EngramError(f"{self.shown} cannot be written: {error.strerror}") from error


def sweep(paths: Sequence[Path], config: Config | None = None) -> None:
    """Remove what was left beside corpora by whoever mended them before, and was killed."""
    files, _ = find([Path(path) for path in paths], (config or Config()).limits)
    for folder in sorted({Path(os.path.realpath(file.location)).parent for file in files}):
        # Where it cannot be removed, nothing can be mended either, and that is told then.
        with suppress(OSError), alone(folder):
            sweep_files(folder)


def mendable(paths: Sequence[Path], config: Config | None = None) -> Iterator[Mended]:
    """The files among the corpora in ``paths`` that can be mended, with what they would become."""
    config = config or Config()
    files, _ = find([Path(path) for path in paths], config.limits)
    state, _ = read(State(config=config, files=files), Options())
    for document in state.documents:
        file = document.file
        before = None if file.is_json or file.is_fields else _text_of(document)
        if before is not None:
            location = Path(file.location)
            after = mended(before, document, schema_for(location), config.limits)
            if after != before:
                yield Mended(file.shown, location, before, after)


def mended(
    before: str, document: Document, schema: str | None, limits: Limits = DEFAULT_LIMITS
) -> str:
    """The text of a document, mended; ``schema`` is the path to the schema, if there is one."""
    if document.parsed.faults or not isinstance(document.parsed.data, dict):
        return before
    mark = _BYTE_ORDER_MARK if before.startswith(_BYTE_ORDER_MARK) else ""
    text = before.removeprefix(mark)
    data, comments = meant(document), _comments(text)
    text = _if_true(quoted(text, document), text, data, comments, limits)
    # What can be moved depends on what stands behind it, so one move may allow another.
    while (after := _if_true(ordered(text, limits), text, data, comments, limits)) != text:
        text = after
    if schema is not None:
        text = with_modeline(text, comments, schema)
    return mark + text


def _text_of(document: Document) -> str | None:
    """The text of a document's file, if it is still the one that was read."""
    try:
        data = Path(document.file.location).read_bytes()
    except OSError:
        return None
    return data.decode("utf-8") if digest(data) == document.sha256 else None


def _if_true(after: str, before: str, data: Any, comments: Counter[str], limits: Limits) -> str:
    """``after``, if it says what is meant and has all comments; else ``before``."""
    if after == before:
        return before
    parsed = yaml.parse(yaml.unix(after), limits)
    same = not parsed.faults and parsed.data == data and _comments(after) == comments
    return after if same else before


def _comments(text: str) -> Counter[str]:
    normal = yaml.unix(text)
    layout = layout_of(normal)
    return Counter(comment.text for comment in comments_in(normal, layout)) if layout else Counter()
