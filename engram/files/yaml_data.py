"""What is known of a YAML document: its data, and where everything in it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engram.files.fault import Fault, Position

Path = tuple[str | int, ...]


class Unread:
    """Stands for a value that was refused, so that nothing else is said about it."""


UNREAD = Unread()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document: its data, and where everything in it stands.

    ``keys`` and ``values`` hold positions by path. ``written`` holds the text, as written, of plain
    scalars that YAML takes for something else than text; ``blocks`` the paths of ``|`` and ``>``
    scalars; ``commented`` the plain scalars that a comment follows, and ``older`` those that are
    text here and something else to YAML 1.1. ``faults`` are in reading order; if the last one ended
    the parse, ``data`` is UNREAD.
    """

    data: Any = UNREAD
    keys: dict[Path, Position] = field(default_factory=dict)
    values: dict[Path, Position] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)
    blocks: set[Path] = field(default_factory=set)
    commented: dict[Path, str] = field(default_factory=dict)
    older: dict[Path, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
