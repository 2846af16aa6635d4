"""A corpus as a file: YAML to read and edit, or a pattern a line for the many."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engram.compiler.fix.ordering import PATTERN
from engram.core.corpus import Holdout, Pattern
from engram.files.yaml_write import quoted, scalar

_BARE = ("id", "category", "match")


@dataclass(frozen=True, slots=True)
class Header:
    """What a corpus says of itself."""

    name: str
    description: str
    license: str | None = None
    holdout: Holdout = "pattern"

    def lines(self) -> Iterator[str]:
        """The header as YAML."""
        yield f"name: {scalar(self.name)}\n"
        yield f"description: {quoted(self.description)}\n"
        if self.license:
            yield f"license: {quoted(self.license)}\n"
        if self.holdout != "pattern":
            yield f"holdout: {self.holdout}\n"


def as_line(pattern: Pattern) -> bytes:
    """A pattern as one line of JSON."""
    return json.dumps(_plain(pattern)).encode("ascii") + b"\n"


def as_yaml(header: Header, patterns: Iterable[Pattern]) -> Iterator[str]:
    """A corpus as YAML, piece by piece."""
    yield from header.lines()
    yield "examples:\n"
    for pattern in patterns:
        mark = "- "
        for name, value in _plain(pattern).items():
            yield f"  {mark}{name}: {_value(name, value)}\n"
            mark = "  "


def _plain(pattern: Pattern) -> dict[str, Any]:
    fields = pattern.model_dump(mode="json", exclude_defaults=True)
    return {name: fields[name] for name in PATTERN if name in fields}


def _value(name: str, value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(quoted, value))}]"
    return scalar(value) if name in _BARE else quoted(value)
