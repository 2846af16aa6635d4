"""Where activations stay between their uses: in memory, or beyond a bound in a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np

from engram.files.atomic import UNFINISHED

IN_MEMORY = 2**30
SPARE = 2**30  # what the disk still has room for afterwards: an adapter, reports, and others

State = TypeVar("State")


class Form(Protocol[State]):
    """How a framework's arrays of one precision, of ``size`` bytes a number, are kept."""

    @property
    def size(self) -> int: ...

    def part(self, batch: State, line: int, length: int) -> State:
        """[length, width], the beginning of a line of [rows, longest, width]."""

    def copied(self, state: State) -> State:
        """A copy of its own, so that the batch that it was computed in is free to go."""

    def to_bytes(self, state: State) -> bytes:
        """Its numbers in their order."""

    def from_bytes(self, data: bytes, shape: tuple[int, int]) -> State:
        """The array that has these bytes."""

    def stacked(self, states: Sequence[State]) -> State:
        """[length, width] of several rows as [rows, longest, width], zero where a row has ended."""


class Kept(Protocol[State]):
    """States of rows, each [length, width], put in once and got out often, to the same bits."""

    def put(self, row: int, state: State) -> None:
        """Keep the state of a row. Raises OSError where there is no room for it."""

    def get(self, row: int) -> State:
        """The state of a row, as it was put in. Raises OSError where it cannot be read."""

    def close(self) -> None:
        """Keep nothing any more."""


class InMemory(Generic[State]):
    """Kept as they are."""

    def __init__(self, form: Form[State]) -> None:
        self.form = form
        self.states: dict[int, State] = {}

    def put(self, row: int, state: State) -> None:
        """Keep a copy."""
        self.states[row] = self.form.copied(state)

    def get(self, row: int) -> State:
        """What was kept."""
        return self.states[row]

    def close(self) -> None:
        """Free the memory."""
        self.states.clear()


class OnDisk(Generic[State]):
    """A file that has no name: nobody else's, never stale, and gone with the process, however
    that ends.

    It is read in pieces and not mapped, for mapped pages count as this process's memory.
    """

    def __init__(self, folder: Path, lengths: Sequence[int], width: int, form: Form[State]) -> None:
        self.lengths, self.width, self.form = lengths, width, form
        sizes = (length * width * form.size for length in lengths)
        self.starts = np.array([0, *accumulate(sizes)], dtype=np.int64)
        # Open for as long as this is.
        self.file = tempfile.TemporaryFile(prefix=UNFINISHED, dir=folder, buffering=0)  # noqa: SIM115

    def put(self, row: int, state: State) -> None:
        """Write the state of a row in its place."""
        data = self.form.to_bytes(state)
        start, done = int(self.starts[row]), 0
        while done < len(data):
            done += os.pwrite(self.file.fileno(), data[done:], start + done)

    def get(self, row: int) -> State:
        """Read the state of a row back."""
        start, end = int(self.starts[row]), int(self.starts[row + 1])
        data = b""
        while len(data) < end - start:
            piece = os.pread(self.file.fileno(), end - start - len(data), start + len(data))
            if not piece:
                raise OSError("the file of activations is shorter than what was written")
            data += piece
        return self.form.from_bytes(data, (self.lengths[row], self.width))

    def close(self) -> None:
        """Free the room on the disk."""
        self.file.close()


def place_for(
    lengths: Sequence[int], width: int, form: Form[State], folder: Path | None
) -> Kept[State] | None:
    """Where states of so many lengths can be kept; None if nowhere, or if no folder is given.

    Raises OSError if they would fit nowhere but on the disk, which has no room.
    """
    size = sum(lengths) * width * form.size
    if size <= IN_MEMORY:
        return InMemory(form)
    if folder is None:
        return None
    status = os.statvfs(folder)
    if size + SPARE > status.f_bavail * status.f_frsize:
        raise OSError(f"they need {size / 2**30:.1f} GiB, and the disk has too little room")
    return OnDisk(folder, lengths, width, form)
