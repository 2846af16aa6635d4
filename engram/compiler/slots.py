"""Texts with slots: ``{column}`` stands for a row's cell, ``{{`` and ``}}`` for braces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|([{}])")


class BadSlot(ValueError):
    """A brace that is neither part of a slot nor doubled."""


@dataclass(frozen=True, slots=True)
class Slotted:
    """A text with slots: ``literals`` stand around ``columns``, of which there is one less."""

    literals: tuple[str, ...]
    columns: tuple[str, ...]

    def filled(self, cells: Sequence[str]) -> str:
        """The text with ``cells`` in its slots, one for each of ``columns``."""
        parts = [self.literals[0]]
        for cell, literal in zip(cells, self.literals[1:], strict=True):
            parts += (cell, literal)
        return "".join(parts)


def slotted(text: str) -> Slotted:
    """The slots of ``text``; raises BadSlot."""
    literals: list[str] = []
    columns: list[str] = []
    literal: list[str] = []
    index = 0
    for found in _PART.finditer(text):
        literal.append(text[index : found.start()])
        index = found.end()
        if found[2]:
            raise BadSlot(f"a single `{found[2]}`")
        if found[1] is None:
            literal.append(found.group()[0])
        else:
            columns.append(found[1])
            literals.append("".join(literal))
            literal = []
    literals.append("".join((*literal, text[index:])))
    return Slotted(tuple(literals), tuple(columns))
