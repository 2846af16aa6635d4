"""How long each test takes without a fault, and to which lines it comes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any


class Baseline:
    """Processor seconds and lines of every test, by its name; ``failed`` are those that failed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.lines: dict[str, set[int]] = {}
        self.failed: list[str] = []

    def add(self, name: str, seconds: float, lines: set[int], *, passed: bool) -> None:
        self.seconds[name], self.lines[name] = seconds, lines
        if not passed:
            self.failed.append(name)

    def tests_for(self, lines: tuple[int, int]) -> list[str]:
        """The tests that come to these lines, and all others of a file whose first one does.

        What a file's tests share is made for the first of them.
        """
        wanted = set(range(lines[0], lines[1] + 1))
        first: dict[str, str] = {}
        for name in self.seconds:
            first.setdefault(_file(name), name)
        return self.ordered(
            name
            for name, known in self.lines.items()
            if known & wanted or self.lines[first[_file(name)]] & wanted
        )

    def ordered(self, names: Iterable[str]) -> list[str]:
        """Tests in the order to run them: file by file, what is quickest first."""
        names = sorted(names, key=self.seconds.__getitem__)
        first: dict[str, float] = {}
        for name in names:
            first.setdefault(_file(name), self.seconds[name])
        return sorted(names, key=lambda name: (first[_file(name)], _file(name)))


class Watch:
    """The lines of one file that are run while this is entered."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._lines: set[int] = set()

    def __enter__(self) -> set[int]:
        self._lines = set()
        sys.settrace(self._call)
        return self._lines

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, _event: str, _arg: object) -> Any:
        return self._line if frame.f_code.co_filename == self._path else None

    def _line(self, frame: FrameType, _event: str, _arg: object) -> Any:
        self._lines.add(frame.f_lineno)
        return self._line


def _file(name: str) -> str:
    return name.partition("::")[0]
