"""Where things end in a YAML text, and where its comments are: what a reader of data never asks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from engram.files.fault import Fault, Position
from engram.files.yaml_events import Doubtful, Event, pure_events, quick_events

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar: where it starts and ends (behind its last character), its style, what it says.

    A block scalar ends at the start of the line behind it, blank lines included.
    """

    start: Position
    end: Position
    style: str
    value: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: where its ``#`` is, and its text from there to the end of the line."""

    at: Position
    text: str
    alone: bool  # nothing but blanks stands before it


@dataclass(frozen=True)
class Layout:
    """Scalars and flow collections by where they start; flow collections by where they end."""

    scalars: dict[Position, Scalar] = field(default_factory=dict)
    flows: dict[Position, Position] = field(default_factory=dict)

    def scalars_between(self, start: Position, end: Position) -> Iterator[tuple[Position, Scalar]]:
        """The scalars that start at ``start`` or behind it, and before ``end``."""
        return _between(self.scalars, self._scalar_starts, start, end)

    def flows_between(self, start: Position, end: Position) -> Iterator[tuple[Position, Position]]:
        """The flow collections that start at ``start`` or behind it, and before ``end``."""
        return _between(self.flows, self._flow_starts, start, end)

    def scalar_at(self, at: Position) -> Scalar | None:
        """The scalar that starts at ``at`` or was the last to start before."""
        index = bisect_right(self._scalar_starts, at)
        return self.scalars[self._scalar_starts[index - 1]] if index else None

    @cached_property
    def _scalar_starts(self) -> list[Position]:
        return sorted(self.scalars)

    @cached_property
    def _flow_starts(self) -> list[Position]:
        return sorted(self.flows)


def layout_of(text: str) -> Layout | None:
    """The layout of a well-formed text with LF line ends; None if it is not well-formed."""
    try:
        return _laid_out(quick_events(text))
    except Doubtful:
        return _laid_out(pure_events(text))


def comments_in(text: str, layout: Layout) -> Iterator[Comment]:
    """The comments of a text, in reading order."""
    for number, line in enumerate(text.split("\n"), start=1):
        place = line.find("#")
        while place >= 0:
            at = Position(number, place + 1)
            before = line[:place]
            if (not before or before[-1] in " \t") and not _in_scalar(at, layout):
                yield Comment(at, line[place:], not before.strip())
                break
            place = line.find("#", place + 1)


def _in_scalar(at: Position, layout: Layout) -> bool:
    scalar = layout.scalar_at(at)
    if scalar is None:
        return False
    # The comment behind the `|` of a block scalar is no part of what it says.
    in_header = scalar.style in ("|", ">") and at.line == scalar.start.line
    return at < scalar.end and not in_header


def _between(
    values: dict[Position, T], starts: list[Position], start: Position, end: Position
) -> Iterator[tuple[Position, T]]:
    for place in starts[bisect_left(starts, start) : bisect_left(starts, end)]:
        yield place, values[place]


def _laid_out(events: Iterator[Event | Fault]) -> Layout | None:
    layout = Layout()
    open_at: list[Position | None] = []
    for event in events:
        if isinstance(event, Fault):
            return None
        name = type(event).__name__
        if name == "ScalarEvent":
            if event.value or event.style:
                start, end = _position(event.start_mark), _position(event.end_mark)
                layout.scalars[start] = Scalar(start, end, event.style or "", event.value)
        elif name in ("MappingStartEvent", "SequenceStartEvent"):
            open_at.append(_position(event.start_mark) if event.flow_style else None)
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            flow = open_at.pop()
            if flow:
                layout.flows[flow] = _position(event.end_mark)
    return layout


def _position(mark: Event) -> Position:
    return Position(mark.line + 1, mark.column + 1)
