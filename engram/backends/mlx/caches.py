"""Caches for keys and values in MLX: see engram.backends.caches."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import mlx.core as mx

from engram.backends import caches
from engram.backends.caches import Recorder, Whole

GROW = 64


class AfterPrefix(caches.AfterPrefix[mx.array]):
    """See engram.backends.caches.AfterPrefix."""

    def joined(self, prefix: mx.array, own: mx.array) -> mx.array:
        """The prefix, repeated for each row, then the rows' own."""
        shape = (own.shape[0], *prefix.shape[1:])
        return mx.concatenate([mx.broadcast_to(prefix, shape), own], axis=2)


class Pieces:
    """Batches side by side in one row of positions, for layers that work position by position.

    ``shapes``: of each batch, its rows and the positions in each; ``caches``: that of each.
    """

    def __init__(
        self,
        shapes: Sequence[tuple[int, ...]],
        caches: Sequence[Recorder[mx.array] | AfterPrefix | Whole[mx.array]],
    ) -> None:
        self.shapes, self.caches = shapes, caches

    def apart(self, x: mx.array) -> list[mx.array]:
        """[1, positions, width] -> of each batch [rows, length, width]."""
        *ends, _ = accumulate(rows * length for rows, length in self.shapes)
        parts = mx.split(x, ends, axis=1)
        return [part.reshape(*shape, -1) for part, shape in zip(parts, self.shapes)]


def side_by_side(batches: Sequence[mx.array]) -> mx.array:
    """What ``Pieces`` takes apart: [rows, length, width] of each -> [1, positions, width]."""
    return mx.concatenate([x.reshape(1, -1, x.shape[-1]) for x in batches], axis=1)


class Rows:
    """Rows of different lengths, aligned at their ends, that all grow by one token a step.

    ``offset`` is an array, [batch]: each row's own position. ``ends`` says how many of the given
    positions count in each row; what is beyond is a rejected guess or padding, and is dropped.
    """

    def __init__(self, keys: mx.array, values: mx.array, ends: list[int]) -> None:
        self.offset = mx.array(ends)
        self.used = max(ends)
        self.keys = self._aligned(keys, ends)
        self.values = self._aligned(values, ends)

    def _aligned(self, array: mx.array, ends: list[int]) -> mx.array:
        shifts = mx.array([self.used - end for end in ends])[:, None]
        places = mx.maximum(mx.arange(self.used)[None] - shifts, 0)[:, None, :, None]
        return mx.take_along_axis(array, places, axis=2)

    def update_and_fetch(self, keys: mx.array, values: mx.array) -> tuple[mx.array, mx.array]:
        """Everything so far and the one new position."""
        if self.used == self.keys.shape[2]:
            self.keys, self.values = self._grown(self.keys), self._grown(self.values)
        self.keys[:, :, self.used : self.used + 1] = keys
        self.values[:, :, self.used : self.used + 1] = values
        self.used += 1
        self.offset = self.offset + 1
        return self.keys[:, :, : self.used], self.values[:, :, : self.used]

    @staticmethod
    def _grown(array: mx.array) -> mx.array:
        batch, heads, _, width = array.shape
        room = mx.zeros((batch, heads, GROW, width), dtype=array.dtype)
        return mx.concatenate([array, room], axis=2)

    def mask(self) -> mx.array:
        """Which of the positions each row's next token may see: [batch, 1, 1, used + 1]."""
        first = self.used - self.offset
        return mx.arange(self.used + 1)[None, None, None] >= first[:, None, None, None]

    def keep(self, rows: mx.array) -> None:
        """Drop all rows but these."""
        self.keys, self.values = self.keys[rows], self.values[rows]
        self.offset = self.offset[rows]


def stacked(arrays: Sequence[mx.array]) -> mx.array:
    """[rows, heads, length, width] of several lengths as one array, padded at their ends."""
    longest = max(array.shape[2] for array in arrays)
    room = [[(0, 0), (0, 0), (0, longest - array.shape[2]), (0, 0)] for array in arrays]
    return mx.concatenate([mx.pad(array, width) for array, width in zip(arrays, room)])
