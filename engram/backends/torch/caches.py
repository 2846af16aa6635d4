"""Caches for keys and values, and the attention of transformers' layers that reads them.

transformers lets a model be loaded with an attention function of one's own, and hands it whatever
else a block is called with. So a block that is called with ``memory`` gives it its new keys and
values, [batch, heads, length, width], and attends to all that it gets back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import nn

from engram.backends import caches
from engram.backends.caches import Recorder, Whole

GROW = 64
ATTENTION = "engram"


class Memory(Protocol):
    """What a block remembers. ``offset``: where its input begins, a number or one for each row."""

    @property
    def offset(self) -> int | torch.Tensor: ...

    def update_and_fetch(
        self, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """New keys and values, for all that may be attended to."""


class AfterPrefix(caches.AfterPrefix[torch.Tensor]):
    """See engram.backends.caches.AfterPrefix."""

    def joined(self, prefix: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
        """The prefix, repeated for each row, then the rows' own."""
        return torch.cat([prefix.expand(own.shape[0], -1, -1, -1), own], dim=2)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Batches side by side in one row of positions, for layers that work position by position.

    ``shapes``: of each batch, its rows and the positions in each; ``caches``: that of each.
    """

    shapes: Sequence[tuple[int, int]]
    caches: Sequence[Recorder[torch.Tensor] | AfterPrefix | Whole[torch.Tensor]]

    def apart(self, x: torch.Tensor) -> list[torch.Tensor]:
        """[1, positions, ...] -> of each batch [rows, length, ...]."""
        sizes = [rows * length for rows, length in self.shapes]
        parts = x[0].split(sizes)  # type: ignore[no-untyped-call]
        return [part.unflatten(0, shape) for part, shape in zip(parts, self.shapes)]


def side_by_side(batches: Sequence[torch.Tensor]) -> torch.Tensor:
    """What ``Pieces`` takes apart: [rows, length, ...] of each -> [1, positions, ...]."""
    return torch.cat([x.flatten(0, 1) for x in batches])[None]


def attend(
    module: nn.Module,  # noqa: ARG001 - transformers says who asks
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: Any,
    *,
    scaling: float | None = None,
    memory: Memory | Pieces,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """[batch, length, heads, width]: attention to what ``memory`` holds and to the input.

    ``attention_mask`` is true where a position may look; by default at itself and before. Of
    pieces, it is a list: that of each.
    """
    if not isinstance(memory, Pieces):
        return _attended(query, key, value, attention_mask, scaling, memory), None
    each = [memory.apart(x.transpose(1, 2)) for x in (query, key, value)]
    found = [
        _attended(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), mask, scaling, cache)
        for q, k, v, mask, cache in zip(*each, attention_mask, memory.caches, strict=True)
    ]
    return side_by_side(found), None


def _attended(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scaling: float | None,
    memory: Memory,
) -> torch.Tensor:
    keys, values = memory.update_and_fetch(key, value)
    found = F.scaled_dot_product_attention(
        query,
        keys,
        values,
        attn_mask=mask,
        is_causal=mask is None and query.shape[2] > 1,
        scale=scaling,
        enable_gqa=query.shape[1] != keys.shape[1],
    )
    return found.transpose(1, 2).contiguous()


class Rows:
    """Rows of different lengths, aligned at their ends, that all grow by one token a step.

    ``offset``: [batch], each row's own position. ``ends`` says how many of the given positions
    count in each row; what is beyond is a rejected guess or padding, and is dropped.
    """

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, ends: list[int]) -> None:
        self.offset = torch.tensor(ends, device=keys.device)
        self.used = max(ends)
        self.keys = self._aligned(keys, ends)
        self.values = self._aligned(values, ends)

    def _aligned(self, array: torch.Tensor, ends: list[int]) -> torch.Tensor:
        batch, heads, _, width = array.shape
        room = array.new_zeros(batch, heads, self.used + GROW, width)
        for row, end in enumerate(ends):
            room[row, :, self.used - end : self.used] = array[row, :, :end]
        return room

    def update_and_fetch(
        self, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Everything so far and the one new position."""
        if self.used == self.keys.shape[2]:
            self.keys = F.pad(self.keys, (0, 0, 0, GROW))
            self.values = F.pad(self.values, (0, 0, 0, GROW))
        self.keys[:, :, self.used] = keys[:, :, 0]
        self.values[:, :, self.used] = values[:, :, 0]
        self.used += 1
        self.offset = self.offset + 1
        return self.keys[:, :, : self.used], self.values[:, :, : self.used]

    def mask(self) -> torch.Tensor:
        """Which of the positions each row's next token may see: [batch, 1, 1, used + 1]."""
        first = self.used - self.offset
        positions = torch.arange(self.used + 1, device=first.device)
        return positions[None, None, None] >= first[:, None, None, None]

    def keep(self, rows: torch.Tensor) -> None:
        """Drop all rows but these."""
        self.keys, self.values = self.keys[rows], self.values[rows]
        self.offset = self.offset[rows]


def stacked(arrays: Sequence[torch.Tensor]) -> torch.Tensor:
    """[rows, heads, length, width] of several lengths as one array, padded at their ends."""
    longest = max(array.shape[2] for array in arrays)
    return torch.cat([F.pad(array, (0, 0, 0, longest - array.shape[2])) for array in arrays])
