"""Where activations stay between their uses: in memory, or beyond a bound in a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Protocol

import mlx.core as mx
import numpy as np

from engram.files.atomic import UNFINISHED

IN_MEMORY = 2**30
SPARE = 2**30  # what the disk still has room for afterwards: an adapter, reports, and others
AS_INTEGERS = {4: mx.uint32, 2: mx.uint16}


class Kept(Protocol):
    """States of rows, each [length, width], put in once and got out often, to the same bits."""

    def put(self, row: int, state: mx.array) -> None:
        """Keep the state of a row. Raises OSError where there is no room for it."""

    def get(self, row: int) -> mx.array:
        """The state of a row, as it was put in. Raises OSError where it cannot be read."""

    def close(self) -> None:
        """Keep nothing any more."""


class InMemory:
    """Kept as they are."""

    def __init__(self) -> None:
        self.states: dict[int, mx.array] = {}

    def put(self, row: int, state: mx.array) -> None:
        """Keep a copy, so that the batch that it was computed in is free to go."""
        self.states[row] = mx.contiguous(state)
        mx.eval(self.states[row])

    def get(self, row: int) -> mx.array:
        """What was kept."""
        return self.states[row]

    def close(self) -> None:
        """Free the memory."""
        self.states.clear()


class OnDisk:
    """A file that has no name: nobody else's, never stale, and gone with the process, however
    that ends.

    It is read in pieces and not mapped, for mapped pages count as this process's memory.
    """

    def __init__(self, folder: Path, lengths: Sequence[int], width: int, dtype: mx.Dtype) -> None:
        self.lengths, self.width, self.dtype = lengths, width, dtype
        sizes = (length * width * dtype.size for length in lengths)
        self.starts = np.array([0, *accumulate(sizes)], dtype=np.int64)
        # Open for as long as this is.
        self.file = tempfile.TemporaryFile(prefix=UNFINISHED, dir=folder, buffering=0)  # noqa: SIM115

    def put(self, row: int, state: mx.array) -> None:
        """Write the state of a row in its place."""
        data = np.array(state.view(AS_INTEGERS[self.dtype.size])).tobytes()
        start, done = int(self.starts[row]), 0
        while done < len(data):
            done += os.pwrite(self.file.fileno(), data[done:], start + done)

    def get(self, row: int) -> mx.array:
        """Read the state of a row back."""
        start, end = int(self.starts[row]), int(self.starts[row + 1])
        data = b""
        while len(data) < end - start:
            piece = os.pread(self.file.fileno(), end - start - len(data), start + len(data))
            if not piece:
                raise OSError("the file of activations is shorter than what was written")
            data += piece
        integers = mx.array(np.frombuffer(data, dtype=f"u{self.dtype.size}"))
        return integers.view(self.dtype).reshape(self.lengths[row], self.width)

    def close(self) -> None:
        """Free the room on the disk."""
        self.file.close()


def place_for(
    lengths: Sequence[int], width: int, dtype: mx.Dtype, folder: Path | None
) -> Kept | None:
    """Where states of so many lengths can be kept; None if nowhere, or if no folder is given.

    Raises OSError if they would fit nowhere but on the disk, which has no room.
    """
    size = sum(lengths) * width * dtype.size
    if size <= IN_MEMORY:
        return InMemory()
    if folder is None:
        return None
    status = os.statvfs(folder)
    if size + SPARE > status.f_bavail * status.f_frsize:
        raise OSError(f"they need {size / 2**30:.1f} GiB, and the disk has too little room")
    return OnDisk(folder, lengths, width, dtype)
