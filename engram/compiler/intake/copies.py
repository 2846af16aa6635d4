"""Rows that another row already is, or contradicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

from engram.compiler.intake.shapes import Unfit
from engram.core.corpus import Pattern


@dataclass(slots=True)
class Copies:
    """What was taken so far: about 200 bytes a row, however long the row.

    Of two rows with one input only the first is taken: the second is a copy, or a contradiction
    that no corpus may hold.
    """

    inputs: dict[int, int] = field(default_factory=dict)
    pairs: set[int] = field(default_factory=set)
    ids: dict[str, int] = field(default_factory=dict)

    def admit(self, pattern: Pattern, line: int) -> None:
        """Take note of a pattern; raises Unfit if it is there already."""
        asked = _digest(pattern.input)
        pair = _digest(f"{asked} {pattern.output}")
        if asked in self.inputs:
            same = pair in self.pairs
            kind = (
                "is a copy of an earlier row"
                if same
                else "asks what an earlier row answers otherwise"
            )
            raise Unfit(kind, f"line {self.inputs[asked]}")
        if pattern.id is not None and pattern.id in self.ids:
            raise Unfit("`id` is that of an earlier row", f"line {self.ids[pattern.id]}")
        self.inputs[asked] = line
        self.pairs.add(pair)
        if pattern.id is not None:
            self.ids[pattern.id] = line


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
