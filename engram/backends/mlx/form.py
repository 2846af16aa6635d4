"""MLX arrays of one precision, as they are kept between their uses."""

from __future__ import annotations

from collections.abc import Sequence

import mlx.core as mx
import numpy as np

AS_INTEGERS = {4: mx.uint32, 2: mx.uint16}


class MlxForm:
    """See engram.backends.kept.Form. Numbers of half precision are bytes by way of integers."""

    def __init__(self, dtype: mx.Dtype) -> None:
        self.dtype = dtype

    @property
    def size(self) -> int:
        return self.dtype.size

    def part(self, batch: mx.array, line: int, length: int) -> mx.array:
        """[length, width], the beginning of a line of [rows, longest, width]."""
        return batch[line, :length]

    def copied(self, state: mx.array) -> mx.array:
        """A copy of its own, computed."""
        found = mx.contiguous(state)
        mx.eval(found)
        return found

    def to_bytes(self, state: mx.array) -> bytes:
        """Its numbers in their order."""
        return np.array(state.view(AS_INTEGERS[self.size])).tobytes()

    def from_bytes(self, data: bytes, shape: tuple[int, int]) -> mx.array:
        """The array that has these bytes."""
        integers = mx.array(np.frombuffer(data, dtype=f"u{self.size}"))
        return integers.view(self.dtype).reshape(shape)

    def stacked(self, states: Sequence[mx.array]) -> mx.array:
        """[rows, longest, width], zero where a row has ended."""
        longest = max(state.shape[0] for state in states)
        return mx.stack([mx.pad(s, [(0, longest - s.shape[0]), (0, 0)]) for s in states])
