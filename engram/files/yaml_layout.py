"""Where things end in a YAML text, and where its comments are: what a reader of data never asks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from engram.files.fault import Fault, Position
from engram.files.yaml_events import Doubtful, Event, pure_events, quick_events


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar: where it ends (just behind its last character), how it is written, what it says.

    A block scalar ends at the start of the line behind it, blank lines included.
    """

    end: Position
    style: str
    value: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: where its ``#`` is, and its text from there to the end of the line."""

    at: Position
    text: str
    alone: bool  # nothing but blanks stands before it


@dataclass(frozen=True, slots=True)
class Layout:
    """Scalars and flow collections by where they start; flow collections by where they end."""

    scalars: dict[Position, Scalar] = field(default_factory=dict)
    flows: dict[Position, Position] = field(default_factory=dict)


def layout_of(text: str) -> Layout | None:
    """The layout of a well-formed text with LF line ends; None if it is not well-formed."""
    try:
        return _laid_out(quick_events(text))
    except Doubtful:
        return _laid_out(pure_events(text))


def comments_in(text: str, layout: Layout) -> Iterator[Comment]:
    """The comments of a text, in reading order."""
    starts = list(layout.scalars)
    for number, line in enumerate(text.split("\n"), start=1):
        place = line.find("#")
        while place >= 0:
            at = Position(number, place + 1)
            before = line[:place]
            if (not before or before[-1] in " \t") and not _in_scalar(at, starts, layout):
                yield Comment(at, line[place:], not before.strip())
                break
            place = line.find("#", place + 1)


def _in_scalar(at: Position, starts: list[Position], layout: Layout) -> bool:
    index = bisect_right(starts, at)
    if not index:
        return False
    start = starts[index - 1]
    scalar = layout.scalars[start]
    # The comment behind the `|` of a block scalar is no part of what it says.
    in_header = scalar.style in ("|", ">") and at.line == start.line
    return at < scalar.end and not in_header


def _laid_out(events: Iterator[Event | Fault]) -> Layout | None:
    layout = Layout()
    open_at: list[Position | None] = []
    for event in events:
        if isinstance(event, Fault):
            return None
        name = type(event).__name__
        if name == "ScalarEvent":
            if event.value or event.style:
                scalar = Scalar(_position(event.end_mark), event.style or "", event.value)
                layout.scalars[_position(event.start_mark)] = scalar
        elif name in ("MappingStartEvent", "SequenceStartEvent"):
            open_at.append(_position(event.start_mark) if event.flow_style else None)
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            start = open_at.pop()
            if start:
                layout.flows[start] = _position(event.end_mark)
    return layout


def _position(mark: Event) -> Position:
    return Position(mark.line + 1, mark.column + 1)
