"""A lock that several engrams take in turn, and tell when they have to wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engram.core.extras import run_extra


@contextmanager
def turn(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """A context that one process at a time is in for the same ``path``, a file to lock.

    ``waiting`` is called once if another process is in it.
    """
    with run_extra():
        from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waiting()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
