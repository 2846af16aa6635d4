"""Any YAML at all, by parsers: data, or faults that say what is wrong and where."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from engram.core.config import Limits
from engram.files.fault import Fault, Position, over_limit
from engram.files.yaml_data import Parsed
from engram.files.yaml_events import (
    Doubtful,
    Event,
    pure_events,
    quick_events,
    refused_outright,
)
from engram.files.yaml_walker import Walker

_FIRST_ITEM = re.compile(r"^( *)- ", re.MULTILINE)


def parse(text: str, limits: Limits) -> Parsed:
    """The document in ``text``; never raises, and never takes longer than the limits explain.

    Most texts are read by a quick parser. Those that parsers may disagree about, and those in which
    something is wrong, go to the slow parser: its opinion counts and its words are understood. Of a
    text that would take it too long it sees only the part where the trouble is.
    """
    fault = refused_outright(text, limits.slow_chars)
    if fault:
        return Parsed(faults=(fault,))
    try:
        return walk(quick_events(text), Walker(limits, text))
    except Doubtful:
        if len(text) > limits.slow_chars:
            return Parsed(faults=_first_trouble(text, limits))
        return walk(pure_events(text), Walker(limits, text, slow=True))


def walk(events: Iterable[Event | Fault], walker: Walker) -> Parsed:
    """The document that ``events`` describe."""
    for event in events:
        fault = event if isinstance(event, Fault) else walker.take(event)
        if fault:
            return walker.stopped(fault)
    return walker.finished()


def _first_trouble(text: str, limits: Limits) -> tuple[Fault, ...]:
    for start, part in _parts(text, limits.slow_chars // 10):
        line = text.count("\n", 0, start)
        try:
            deque(quick_events(part), maxlen=0)
        except Doubtful:
            return _faults_in(part, line, limits) or (_unexplained(line, limits),)
    return (_unexplained(0, limits),)


def _parts(text: str, size: int) -> Iterator[tuple[int, str]]:
    """The text cut before items of its first list, into parts of about that size."""
    item = _FIRST_ITEM.search(text)
    cuts = [0]
    if item:
        for found in re.finditer(f"^{item[1]}- ", text, re.MULTILINE):
            if found.start() == item.start() or found.start() - cuts[-1] >= size:
                cuts.append(found.start())
    for start, end in zip(cuts, [*cuts[1:], len(text)]):
        yield start, text[start:end]


def _faults_in(part: str, line: int, limits: Limits) -> tuple[Fault, ...]:
    if len(part) > limits.slow_chars:
        return ()
    faults = walk(pure_events(part), Walker(limits, slow=True)).faults
    return tuple(
        replace(fault, at=Position(fault.at.line + line, fault.at.column)) if fault.at else fault
        for fault in faults
    )


def _unexplained(line: int, limits: Limits) -> Fault:
    message = (
        "something from here on is for the slow parser, "
        f"which takes up to {limits.slow_chars:,} characters"
    )
    return over_limit("slow_chars", message, Position(line + 1, 1))
