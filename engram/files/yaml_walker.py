"""From parser events to data.

The walk keeps its own stack, so that deep nesting can exhaust neither Python's nor C's, and stops
at a limit long before it costs anything.
"""

from __future__ import annotations

import re
from typing import Any

from engram.core.config import Limits
from engram.files.fault import Fault, Position, over_limit
from engram.files.yaml_data import UNREAD, Parsed, Path
from engram.files.yaml_events import Event
from engram.files.yaml_scalars import Retyped, older_kind, resolve

# Longer keys are cut in messages.
SHOWN = 40

_COMMENT = re.compile(r"[ \t]+#")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Frame:
    """An open mapping or list: its path, its data, and the key that waits for a value."""

    __slots__ = ("at", "key", "path", "value")

    def __init__(self, path: Path, value: Any, at: Position) -> None:
        self.path = path
        self.value = value
        self.at = at
        self.key: str | None = None


class Walker:
    """Builds data from events. ``take`` gives a fault only if the walk cannot go on.

    ``text`` is there for its comments, which no event tells of. ``slow`` says that the events come
    slowly, so that fewer of them are too many.
    """

    def __init__(self, limits: Limits, text: str = "", *, slow: bool = False) -> None:
        self.limits = limits
        self.counted = "slow_nodes" if slow and limits.slow_nodes < limits.nodes else "nodes"
        self.most: int = getattr(limits, self.counted)
        # Not by the expression, which would try every blank of a long run of them.
        commented = " #" in text or "\t#" in text
        self.lines = text.split("\n") if commented else []
        self.root: Any = None
        self.stack: list[_Frame] = []
        self.nodes = 0
        self.documents = 0
        self.faults: list[Fault] = []
        self.keys: dict[Path, Position] = {}
        self.values: dict[Path, Position] = {}
        self.written: dict[Path, str] = {}
        self.blocks: set[Path] = set()
        self.commented: dict[Path, str] = {}
        self.older: dict[Path, str] = {}

    def take(self, event: Event) -> Fault | None:
        """Take in one event."""
        name = type(event).__name__
        if name == "ScalarEvent":
            return self._scalar(event)
        if name in ("MappingStartEvent", "SequenceStartEvent"):
            return self._open(event, {} if name == "MappingStartEvent" else [])
        if name in ("MappingEndEvent", "SequenceEndEvent"):
            self.stack.pop()
        elif name == "AliasEvent":
            return self._alias(event)
        elif name == "DocumentStartEvent":
            return self._document(event)
        return None

    def stopped(self, fault: Fault) -> Parsed:
        """What is left when a fault ends the walk: the faults."""
        return Parsed(faults=(*self.faults, fault))

    def finished(self) -> Parsed:
        """The whole document."""
        faults = tuple(self.faults)
        return Parsed(
            self.root,
            self.keys,
            self.values,
            self.written,
            self.blocks,
            self.commented,
            self.older,
            faults,
        )

    def _document(self, event: Event) -> Fault | None:
        self.documents += 1
        if self.documents > 1:
            message = "a second document begins here; a corpus file holds one"
            return Fault("refused", message, _start(event), "Move it to a file of its own.")
        return None

    def _scalar(self, event: Event) -> Fault | None:
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.key is None and type(frame.value) is dict:
            return self._key(frame, event)
        self._refuse_marks(event)
        value, path = self._value_of(event), self._next_path()
        at = _start(event) if event.value or event.style else self._place_of_nothing(event)
        if isinstance(value, Retyped):
            self.written[path] = event.value
            value = value.data
        elif event.style in ("|", ">"):
            self.blocks.add(path)
        elif event.implicit[0] and type(value) is str:
            self._look_at_plain(path, value, event)
        return self._put(path, value, at)

    def _look_at_plain(self, path: Path, text: str, event: Event) -> None:
        if older_kind(text):
            self.older[path] = text
        end = event.end_mark
        for line in self.lines[end.line : end.line + 1]:
            if _COMMENT.match(line, end.column):
                self.commented[path] = text

    def _value_of(self, event: Event) -> Any:
        if event.tag is not None:
            return UNREAD
        text: str = event.value
        if not text.isascii() and _SURROGATE.search(text):
            message = "half of a surrogate pair is not a character"
            self.faults.append(Fault("character", message, _start(event)))
            return UNREAD
        if len(text) > self.limits.scalar:
            self.faults.append(self._too_long("a text", text, _start(event)))
            return UNREAD
        return resolve(text) if event.implicit[0] else text

    def _key(self, frame: _Frame, event: Event) -> Fault | None:
        self._refuse_marks(event)
        key: str = event.value
        at = _start(event)
        path = (*frame.path, key)
        if key == "<<" and event.implicit[0]:
            self.faults.append(_refused("merge keys", at, "Write the keys out."))
        elif not key.isascii() and _SURROGATE.search(key):
            return Fault("character", "half of a surrogate pair is not a character", at)
        elif len(key) > self.limits.scalar:
            return self._too_long("a key", key, at)
        elif path in self.keys:
            first = self.keys[path].line
            message = f"the key {_cut(key)!r} is here twice; it first stands in line {first}"
            self.faults.append(Fault("duplicate", message, at, "Remove one of them."))
        else:
            self.keys[path] = at
        frame.key = key
        return self._count(at)

    def _open(self, event: Event, value: Any) -> Fault | None:
        self._refuse_marks(event)
        at = _start(event)
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.key is None and type(frame.value) is dict:
            return Fault("refused", "a key must be text, not a mapping or a list", at)
        if len(self.stack) >= self.limits.depth:
            return over_limit("depth", f"is nested deeper than {self.limits.depth} levels", at)
        path = self._next_path()
        fault = self._put(path, value, at)
        self.stack.append(_Frame(path, value, at))
        return fault

    def _alias(self, event: Event) -> Fault | None:
        at = _start(event)
        self.faults.append(_refused("aliases (*)", at, "Write the value out."))
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.key is None and type(frame.value) is dict:
            frame.key = ""
            return None
        return self._put(self._next_path(), UNREAD, at)

    def _put(self, path: Path, value: Any, at: Position) -> Fault | None:
        self.values[path] = at
        if not self.stack:
            self.root = value
        elif type(self.stack[-1].value) is list:
            self.stack[-1].value.append(value)
        else:
            self.stack[-1].value[path[-1]] = value
            self.stack[-1].key = None
        return self._count(at)

    def _next_path(self) -> Path:
        if not self.stack:
            return ()
        frame = self.stack[-1]
        if type(frame.value) is list:
            return (*frame.path, len(frame.value))
        return (*frame.path, frame.key or "")

    def _place_of_nothing(self, event: Event) -> Position:
        # Parsers disagree about where an empty value stands: it stands at its key, or its list.
        if not self.stack:
            return _start(event)
        frame = self.stack[-1]
        if frame.key is None:
            return frame.at
        return self.keys.get((*frame.path, frame.key), frame.at)

    def _refuse_marks(self, event: Event) -> None:
        at = _start(event)
        if event.anchor is not None:
            self.faults.append(_refused("anchors (&)", at, "Remove it."))
        if event.tag is not None:
            self.faults.append(_refused("tags (!)", at, "Quote the value and remove the tag."))

    def _count(self, at: Position) -> Fault | None:
        self.nodes += 1
        if self.nodes > self.most:
            which = " that the slow parser must read" if self.counted == "slow_nodes" else ""
            message = f"holds more than {self.most:,} keys and values{which}"
            return over_limit(self.counted, message, at)
        return None

    def _too_long(self, what: str, text: str, at: Position) -> Fault:
        message = f"{what} of {len(text):,} characters is over the limit of {self.limits.scalar:,}"
        return over_limit("scalar", message, at)


def _cut(key: str) -> str:
    return key if len(key) <= SHOWN else f"{key[:SHOWN]}..."


def _start(event: Event) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)


def _refused(what: str, at: Position, help: str) -> Fault:
    return Fault("refused", f"{what} are not allowed in a corpus", at, help)
