"""YAML as plain data, with the position of every key and value.

The dialect is what people mean by YAML when they write data: YAML 1.2, one document, no anchors,
aliases, merge keys, tags or directives. Everything else is a fault with a position.
"""

from __future__ import annotations

from collections.abc import Iterable

from engram.files.fault import Fault
from engram.files.yaml_data import Parsed
from engram.files.yaml_events import (
    Doubtful,
    Event,
    pure_events,
    quick_events,
    refused_outright,
)
from engram.files.yaml_walker import Walker


def parse(text: str) -> Parsed:
    """The document in ``text``; never raises, and never takes longer than its size explains."""
    fault = refused_outright(text)
    if fault:
        return Parsed(faults=(fault,))
    try:
        parsed = walk(quick_events(text))
    except Doubtful:
        return walk(pure_events(text))
    # What is refused, the Python parser refuses; these two kinds are found by the walk itself.
    own = all(fault.kind in ("duplicate", "limit") for fault in parsed.faults)
    return parsed if own else walk(pure_events(text))


def walk(events: Iterable[Event | Fault]) -> Parsed:
    """The document that ``events`` describe."""
    walker = Walker()
    for event in events:
        fault = event if isinstance(event, Fault) else walker.take(event)
        if fault:
            return walker.stopped(fault)
    return walker.finished()
