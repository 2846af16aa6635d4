"""How a long step tells that it is alive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from engram.models.room import size_of

# What is being done, how many bytes of it are done, and how many there are (0: not known).
Progress = Callable[[str, int, int], None]

SECONDS_BETWEEN = 0.2


def silent(what: str, done: int, total: int) -> None:
    """Say nothing."""


@contextmanager
def watching(folder: Path, what: str, total: int, progress: Progress) -> Iterator[None]:
    """A context in which another program fills a folder, and its growth is told as progress."""
    over = Event()

    def watch() -> None:
        most = 0
        while not over.wait(SECONDS_BETWEEN):
            # The folder shrinks when the other program moves a finished file elsewhere.
            most = max(most, min(size_of(folder), total))
            progress(what, most, total)

    watcher = Thread(target=watch, daemon=True)
    progress(what, 0, total)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
    progress(what, total, total)
