"""How the laboratory tells what it is doing, to whoever is watching."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol


class Watch(Protocol):
    """Someone who watches a run: a terminal, a notebook, or nobody."""

    def begin(self, stage: str, total: int) -> None:
        """A stage begins that consists of ``total`` parts."""

    def advance(self, done: int, note: str = "") -> None:
        """``done`` more parts of the stage are complete."""

    def end(self) -> None:
        """The stage is over, complete or not."""

    def say(self, line: str) -> None:
        """Something worth a line."""

    def warn(self, line: str) -> None:
        """Something that whoever wants no news still has to know."""


class Nobody:
    """Watches nothing."""

    def begin(self, stage: str, total: int) -> None:
        """Not shown."""

    def advance(self, done: int, note: str = "") -> None:
        """Not shown."""

    def end(self) -> None:
        """Not shown."""

    def say(self, line: str) -> None:
        """Not shown."""

    def warn(self, line: str) -> None:
        """Not shown."""


@contextmanager
def stage(watch: Watch, name: str, total: int) -> Iterator[Callable[[int], None]]:
    """A stage of ``total`` parts for as long as the context lasts; it is told how many are done."""
    watch.begin(name, total)
    try:
        yield watch.advance
    finally:
        watch.end()
