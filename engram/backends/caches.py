"""What blocks remember of a beginning that many rows share, computed once and not per row.

A layer asks its cache for ``offset`` (how far along the sequence its input begins) and gives it new
keys and values, [batch, heads, length, width], for the whole of what it may attend to. These are
the calls that mlx-lm's attention layers make; other frameworks are taught to make them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

State = TypeVar("State")


class Recorder(Generic[State]):
    """Keeps what one pass over a prefix computed. Gradients flow through what it keeps."""

    offset = 0

    def __init__(self) -> None:
        self.keys: Any = None
        self.values: Any = None

    def update_and_fetch(self, keys: State, values: State) -> tuple[State, State]:
        """The input itself, which is kept."""
        self.keys, self.values = keys, values
        return keys, values


class AfterPrefix(ABC, Generic[State]):
    """One recorded prefix in front of every row of a batch.

    Keeps the joined keys and values, so that decoding can go on from them.
    """

    def __init__(self, prefix: Recorder[State], length: int) -> None:
        self.prefix = prefix
        self.offset = length
        self.keys: Any = None
        self.values: Any = None

    def update_and_fetch(self, keys: State, values: State) -> tuple[State, State]:
        """The prefix, repeated for each row, then the input."""
        if self.offset:
            keys = self.joined(self.prefix.keys, keys)
            values = self.joined(self.prefix.values, values)
        self.keys, self.values = keys, values
        return keys, values

    @abstractmethod
    def joined(self, prefix: State, own: State) -> State:
        """[1, heads, length, width], repeated for each row, and then [rows, heads, more, width]."""


class Whole(Generic[State]):
    """Keys and values of all positions, for those from ``first`` on to attend to.

    What these would give themselves is among them already.
    """

    def __init__(self, cache: AfterPrefix[State], first: int) -> None:
        self.cache = cache
        self.offset = cache.offset + first

    def update_and_fetch(self, keys: Any, _: State) -> tuple[Any, Any]:
        """All of what was computed, up to the last position given."""
        end = self.offset + keys.shape[2]
        return self.cache.keys[:, :, :end], self.cache.values[:, :, :end]


@dataclass(frozen=True, slots=True)
class Prefix(Generic[State]):
    """A common beginning after a stack of blocks: hidden states and what each block recorded."""

    length: int
    hidden: State
    records: list[Recorder[State]]


@dataclass(frozen=True, slots=True)
class Span(Generic[State]):
    """Rows, [rows, length, width], of which ``count`` positions from ``first`` on are read."""

    hidden: State
    first: int
    count: int

    def of(self, hidden: Any) -> Any:
        """The positions that are read: [rows, length, width] -> [rows, count, width]."""
        return hidden[:, self.first : self.first + self.count]
