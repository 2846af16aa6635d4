"""JSON by RFC 8259, and nothing beyond it, with the position of every key and value.

A JSON document is told as the events of the YAML document that says the same. One walker makes data
of both, with the same limits, and with the same words for what is given twice or nested too deep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import NamedTuple

from ruamel.yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from engram.core.config import DEFAULT_LIMITS, Limits
from engram.files.fault import Fault, Position
from engram.files.yaml_data import Parsed
from engram.files.yaml_events import Event
from engram.files.yaml_parsers import walk
from engram.files.yaml_walker import Walker

_BLANK = re.compile(r"[ \t\n\r]*")
_RUN = re.compile(r'[^ \t\n\r,:"{}\[\]]+')
_LITERAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")
_SHOWN = 30

_HELP = {
    "'": "Write text in double quotes.",
    "#": "JSON has no comments.",
    "/": "JSON has no comments.",
    "N": "JSON knows no such number; write it as text, in double quotes.",
    "I": "JSON knows no such number; write it as text, in double quotes.",
}
_QUOTES = "Write text in double quotes; numbers, true, false and null stand without."


def parse(text: str, limits: Limits = DEFAULT_LIMITS) -> Parsed:
    """The JSON document in ``text``; never raises, and an empty text is null, as in YAML."""
    return walk(_events(text), Walker(limits))


def _events(text: str) -> Iterator[Event | Fault]:
    scanner = _Scanner(text)
    try:
        yield from scanner.document()
    except _Refused as refused:
        at = Position(scanner.line + 1, refused.index - scanner.line_start + 1)
        yield Fault("syntax", refused.message, at, refused.help)


class _Mark(NamedTuple):
    """A place as YAML events have it: both numbers count from 0."""

    line: int
    column: int


class _Refused(Exception):
    """The text is not JSON, from ``index`` on."""

    def __init__(self, message: str, index: int, help: str = _QUOTES) -> None:
        super().__init__(message)
        self.message = message
        self.index = index
        self.help = help


class _Scanner:
    """Reads events off a text. ``ends`` are the brackets that are open, as they will be closed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.index = 0
        self.line = 0
        self.line_start = 0
        self.ends: list[str] = []

    def document(self) -> Iterator[Event]:
        """The events of the one value that the text holds; raises _Refused."""
        sign = self._skip()
        if not sign:
            return
        yield self._value(sign)
        first = True
        while self.ends:
            end, sign = self.ends[-1], self._skip()
            if sign == end:
                yield self._close()
                first = False
                continue
            if not first:
                sign = self._after_comma(sign, end)
            if end == "}":
                yield self._key(sign)
                sign = self._after_colon()
            opened = len(self.ends)
            yield self._value(sign)
            first = len(self.ends) > opened
        if self._skip():
            raise _Refused(
                "something stands after the end of the document", self.index, "Remove it."
            )

    def _skip(self) -> str:
        """The next character that is not white space, or nothing at the end."""
        start = self.index
        self.index = _BLANK.match(self.text, start).end()  # type: ignore[union-attr]
        feed = self.text.rfind("\n", start, self.index)
        if feed >= 0:
            self.line += self.text.count("\n", start, self.index)
            self.line_start = feed + 1
        return self.text[self.index : self.index + 1]

    def _value(self, sign: str) -> Event:
        mark = self._mark()
        if sign == '"':
            return self._text(mark)
        if sign in ("{", "["):
            self.index += 1
            self.ends.append("}" if sign == "{" else "]")
            kind = MappingStartEvent if sign == "{" else SequenceStartEvent
            return kind(None, None, True, start_mark=mark)
        run = _RUN.match(self.text, self.index)
        if run is None:
            message = f"a value is missing before {sign!r}" if sign else "the document breaks off"
            raise _Refused(message, self.index, "Write the value, or remove what asks for it.")
        if not _LITERAL.fullmatch(run.group()):
            message = f"{run.group()[:_SHOWN]!r} is not a JSON value"
            raise _Refused(message, self.index, _HELP.get(run.group().lstrip("-+")[:1], _QUOTES))
        self.index = run.end()
        return ScalarEvent(None, None, (True, False), run.group(), start_mark=mark)

    def _key(self, sign: str) -> Event:
        if sign != '"':
            what = f"found {sign!r}" if sign else "the document breaks off"
            raise _Refused(f"a key in double quotes is expected here; {what}", self.index)
        return self._text(self._mark())

    def _text(self, mark: _Mark) -> Event:
        try:
            value, self.index = scanstring(self.text, self.index + 1, True)
        except JSONDecodeError as error:
            raise self._bad_text(error) from error
        return ScalarEvent(None, None, (False, True), value, start_mark=mark, style='"')

    def _bad_text(self, error: JSONDecodeError) -> _Refused:
        if error.msg.startswith("Unterminated"):
            return _Refused("the text that begins here has no end", self.index, "Close the quotes.")
        if error.msg.startswith("Invalid control"):
            advice = "Write a line feed as \\n and a tab as \\t."
            return _Refused("a text may not hold a raw line feed or tab", error.pos, advice)
        advice = 'After \\ stands one of " \\ / b f n r t, or u and four hexadecimal digits.'
        return _Refused("this escape is not one of JSON's", error.pos, advice)

    def _after_comma(self, sign: str, end: str) -> str:
        if sign != ",":
            what = f"found {sign!r}" if sign else "the document breaks off"
            message = f"`,` or `{end}` is expected here; {what}"
            raise _Refused(message, self.index, "Look at the line before, too.")
        comma = self.index
        self.index += 1
        sign = self._skip()
        if sign == end:
            # The comma may stand in a line above, where the scanner no longer is.
            at = comma if comma >= self.line_start else self.index
            raise _Refused(f"a comma may not stand before `{end}`", at, "Remove the comma.")
        return sign

    def _after_colon(self) -> str:
        if self._skip() != ":":
            raise _Refused("`:` is expected after a key", self.index, 'Write `"key": value`.')
        self.index += 1
        return self._skip()

    def _close(self) -> Event:
        self.index += 1
        kind = MappingEndEvent if self.ends.pop() == "}" else SequenceEndEvent
        return kind(start_mark=self._mark())

    def _mark(self) -> _Mark:
        return _Mark(self.line, self.index - self.line_start)
