"""The elements of a JSON array, one at a time, however long the array."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from engram.compiler.intake.json_values import DECODER
from engram.core.errors import EngramError

CHUNK = 1 << 16
LONGEST_ELEMENT = 16 << 20
SPACE = " \t\r\n"


def elements(path: Path, file: BinaryIO) -> Iterator[tuple[int, str, Any]]:
    """The line, the text and the value of each element. Raises EngramError at the first fault."""
    text = _Window(path, file)
    text.expect("[")
    if text.peek() == "]":
        text.expect("]")
    else:
        while True:
            yield text.element()
            if text.expect(",]") == "]":
                break
    if text.peek():
        text.fail("something stands after the array")


class _Window:
    """The part of a text that is looked at now."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self.file = file
        self.decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self.text = ""
        self.at = 0
        self.line = 1
        self.more = True

    def peek(self) -> str:
        """The next character that is no white space; nothing at the end."""
        while True:
            while self.at < len(self.text):
                char = self.text[self.at]
                if char not in SPACE:
                    return char
                self._pass(self.at + 1)
            if not self._fill(CHUNK):
                return ""

    def expect(self, chars: str) -> str:
        """Pass over the next character, one of ``chars``."""
        char = self.peek()
        if not char or char not in chars:
            self.fail(f"expected {' or '.join(chars)}, not {char or 'the end'}")
        self._pass(self.at + 1)
        return char

    def element(self) -> tuple[int, str, Any]:
        """Pass over the next value, and give its line, its text and itself."""
        self.peek()
        size = CHUNK
        while True:
            try:
                value, end = DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                # It may only be cut off where the window ends; filling moves what it begins with.
                far = error.pos - self.at
                if len(self.text) - self.at > LONGEST_ELEMENT or not self._fill(size):
                    self._pass(self.at + far)
                    self.fail(error.msg)
            except RecursionError:
                self.fail("it is nested too deeply")
            else:
                if end < len(self.text) or not self._fill(size):
                    line, content = self.line, self.text[self.at : end]
                    self._pass(end)
                    return line, content, value
            size *= 2

    def fail(self, why: str) -> NoReturn:
        """Raise the error that the text is no array of rows."""
        raise EngramError(
            f"{self.path}:{self.line} is not a JSON array of rows: {why}",
            help="For a row on each line, give --from jsonl.",
        )

    def _pass(self, end: int) -> None:
        self.line += self.text.count("\n", self.at, end)
        self.at = end

    def _fill(self, size: int) -> bool:
        if not self.more:
            return False
        data = self.file.read(size)
        self.more = bool(data)
        try:
            fresh = self.decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            self.fail("it is not UTF-8")
        self.text, self.at = self.text[self.at :] + fresh, 0
        return self.more
