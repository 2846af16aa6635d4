"""What can be wrong with a file before anyone asks what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal[
    "unreadable",
    "too-large",
    "encoding",
    "character",
    "syntax",
    "refused",
    "duplicate",
    "table",
    "limit",
]


class Position(NamedTuple):
    """A place in a text; both numbers count from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a file, where it is, and what to do about it."""

    kind: Kind
    message: str
    at: Position | None = None
    help: str = ""


def over_limit(setting: str, message: str, at: Position | None = None) -> Fault:
    """The fault of a file that is over the limit of that name, with the way to have another."""
    return Fault("limit", message, at, f"Split the file, or {raised(setting)}.")


def raised(setting: str) -> str:
    """How a project raises the limit of that name, as the end of a sentence."""
    return f"set `{setting}` under [tool.engram.limits] in pyproject.toml"
