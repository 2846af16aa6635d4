"""Caches for keys and values, and the attention of transformers' layers that reads them.

transformers lets a model be loaded with an attention function of one's own, and hands it whatever
else a block is called with. So a block that is called with ``memory`` gives it its new keys and
values, [batch, heads, length, width], and attends to all that it gets back.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import nn

GROW = 64
ATTENTION = "engram"


class Memory(Protocol):
    """What a block remembers. ``offset``: where its input begins, a number or one for each row."""

    @property
    def offset(self) -> int | torch.Tensor: ...

    def update(self, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """New keys and values, for all that may be attended to."""


def attend(
    module: nn.Module,  # noqa: ARG001 - transformers says who asks
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    scaling: float | None = None,
    memory: Memory,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """[batch, length, heads, width]: attention to what ``memory`` holds and to the input.

    ``attention_mask`` is true where a position may look; by default at itself and before.
    """
    keys, values = memory.update(key, value)
    found = F.scaled_dot_product_attention(
        query,
        keys,
        values,
        attn_mask=attention_mask,
        is_causal=attention_mask is None and query.shape[2] > 1,
        scale=scaling,
        enable_gqa=query.shape[1] != keys.shape[1],
    )
    return found.transpose(1, 2).contiguous(), None


class Recorder:
    """Keeps what one pass over a prefix computed. Gradients flow through what it keeps."""

    offset = 0

    def __init__(self) -> None:
        self.keys: torch.Tensor | None = None
        self.values: torch.Tensor | None = None

    def update(self, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The input itself, which is kept."""
        self.keys, self.values = keys, values
        return keys, values


class AfterPrefix:
    """One recorded prefix in front of every row of a batch, computed once and not per row.

    Keeps the joined keys and values, so that decoding can go on from them.
    """

    def __init__(self, prefix: Recorder, length: int) -> None:
        self.prefix = prefix
        self.offset = length
        self.keys: Any = None
        self.values: Any = None

    def update(self, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The prefix, repeated for each row, then the input."""
        self.keys = _joined(self.prefix.keys, keys)
        self.values = _joined(self.prefix.values, values)
        return self.keys, self.values


class Whole:
    """Keys and values of all positions, for those from ``first`` on to attend to.

    What these would give themselves is among them already.
    """

    def __init__(self, cache: AfterPrefix, first: int) -> None:
        self.cache = cache
        self.offset = cache.offset + first

    def update(self, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """All of what was computed, up to the last position given."""
        end = self.offset + keys.shape[2]
        return self.cache.keys[:, :, :end], self.cache.values[:, :, :end]


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

    def update(self, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
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


def _joined(prefix: torch.Tensor | None, own: torch.Tensor) -> torch.Tensor:
    if prefix is None:
        return own
    return torch.cat([prefix.expand(own.shape[0], -1, -1, -1), own], dim=2)
