"""The lock on disk: ``engram.lock`` in the folder of the corpora, committed beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engram.compiler.lock import Lock, parse_lock
from engram.compiler.moves import named
from engram.compiler.rules.lock import BAD_LOCK, STALE_LOCK
from engram.compiler.state import Change, Entry, State
from engram.core.errors import EngramError
from engram.core.finding import Finding
from engram.files.atomic import alone, sweep_files, write_file
from engram.files.fault import Fault
from engram.files.reading import read_regular

NAME = "engram.lock"
MAX_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class LockFile:
    """A lock file and the bytes that were found in it; None if there was no such file."""

    path: Path
    found: bytes | None

    def holds(self, lock: Lock) -> bool:
        """Whether the file is what a compiler would write for this lock."""
        return self.found == lock.text


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a lock: how many patterns stayed, are new, and moved. ``path`` is its file.

    ``changed`` is false if the file already was what it had to be.
    """

    path: Path
    placed: int
    new: int
    moved: int
    changed: bool


def lock_path(corpora: Path) -> Path:
    """Where the lock of these corpora is: in the folder, or beside the file."""
    return (corpora if corpora.is_dir() else corpora.parent) / NAME


def open_lock(path: Path) -> tuple[LockFile, Lock, list[Finding]]:
    """The lock at ``path``, empty if there is none, and everything that is wrong with it."""
    if not os.path.lexists(path):
        return LockFile(path, None), Lock(), []
    data = read_regular(path, MAX_BYTES, follow=False)
    if isinstance(data, Fault):
        return LockFile(path, None), Lock(), [BAD_LOCK.finding(str(path), None, data.message)]
    return LockFile(path, data), *parse_lock(data, str(path))


def open_locks(paths: Sequence[Path]) -> tuple[Lock, list[Finding]]:
    """The lock of these corpora if they have one in common, and what is wrong with any of theirs.

    Those of several folders say nothing about them together.
    """
    opened = [open_lock(path)[1:] for path in sorted({lock_path(path) for path in paths})]
    faults = [fault for _, found in opened for fault in found]
    return (opened[0][0] if len(opened) == 1 else Lock()), faults


def kept_in(file: LockFile, state: State) -> Kept:
    """What compiling does to the lock."""
    change = state.change
    placed = len(change.kept) + len(change.reworded)
    changed = not file.holds(state.renewed)
    return Kept(file.path, placed, len(change.new), len(change.moved), changed)


def save_lock(file: LockFile, lock: Lock) -> None:
    """Write the lock, unless the file holds it already.

    Raises EngramError if it cannot be written, or if somebody else has written it since it was
    read: what they put on record must not be lost.
    """
    if file.holds(lock):
        return
    try:
        with alone(file.path.parent):
            sweep_files(file.path.parent)
            now = open_lock(file.path)[0]
            if now.holds(lock):
                return
            if now.found != file.found:
                raise EngramError(
                    f"{file.path} was changed while this was compiling", help="Compile again."
                )
            write_file(file.path, lock.text)
    except OSError as error:
        message = f"cannot write {file.path}: {error.strerror or error}"
        advice = "A build needs its lock; make the folder of the corpora writable, or copy it."
        raise EngramError(message, help=advice) from error


def stale(file: LockFile, state: State) -> Iterator[Finding]:
    """A finding for each reason for which compiling would change the lock."""
    if file.holds(state.renewed):
        return
    if file.found is None:
        yield STALE_LOCK.finding(str(file.path), None, "there is no lock yet")
        return
    reasons = list(_reasons(state.change))
    for reason in reasons or ["the lock is not laid out as `engram compile` writes it"]:
        yield STALE_LOCK.finding(str(file.path), None, reason)


def _reasons(change: Change) -> Iterator[str]:
    for entries, what in (
        (change.new, "no place in the lock yet"),
        (change.moved, "another place than in the lock"),
        (change.reworded, "other wordings than in the lock"),
    ):
        if entries:
            yield f"{_have(entries)} {what}: {named(entries)}"


def _have(entries: Sequence[Entry]) -> str:
    return "1 pattern has" if len(entries) == 1 else f"{len(entries):,} patterns have"
