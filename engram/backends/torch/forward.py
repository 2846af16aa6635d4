"""Forward passes over batches that share a prefix, through some of a model's blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn

from engram.backends.base import Tokens
from engram.backends.torch.anatomy import Anatomy, taken_by
from engram.backends.torch.caches import AfterPrefix, Memory, Recorder, Whole

PAD = 0


@dataclass(frozen=True, slots=True)
class Prefix:
    """A common beginning after a stack of blocks: hidden states and what each block recorded."""

    length: int
    hidden: torch.Tensor
    records: list[Recorder]


def through(
    anatomy: Anatomy,
    blocks: Sequence[nn.Module],
    hidden: torch.Tensor,
    caches: Sequence[Memory],
    mask: torch.Tensor | None = None,
) -> torch.Tensor:
    """[batch, length, width] hidden states after the blocks.

    ``mask``, broadcast to [batch, heads, length, positions], is true where a position may look; by
    default at itself and all before.
    """
    if not blocks:
        return hidden
    hidden = hidden.to(taken_by(blocks[0]))
    offset, length = caches[0].offset, hidden.shape[1]
    rotary = anatomy.rotary(hidden, _positions(offset, length, hidden.device))
    if mask is None and isinstance(offset, int) and offset:
        mask = _causal(offset, length, hidden.device)
    for block, cache in zip(blocks, caches, strict=True):
        hidden = _block(block, hidden, rotary, mask, cache)
    return hidden


def read(
    anatomy: Anatomy,
    blocks: Sequence[nn.Module],
    hidden: torch.Tensor,
    caches: Sequence[AfterPrefix],
    first: int,
    count: int,
) -> torch.Tensor:
    """``through``, for ``count`` positions from ``first`` on alone: [batch, count, width].

    The last block gives all positions to be attended to, but thinks for these only.
    """
    hidden = through(anatomy, blocks[:-1], hidden, caches[:-1]).to(taken_by(blocks[-1]))
    last, cache = blocks[-1], caches[-1]
    rotary = anatomy.rotary(hidden, _positions(cache.offset, hidden.shape[1], hidden.device))
    mask = _causal(cache.offset, hidden.shape[1], hidden.device)
    # Of this, only the keys and values are used, which it leaves in the cache.
    cast("nn.Module", last.self_attn)(
        hidden_states=cast("nn.Module", last.input_layernorm)(hidden),
        position_embeddings=rotary,
        attention_mask=mask,
        memory=cache,
    )
    here = slice(first, first + count)
    turned = tuple(part[:, here] for part in rotary)
    seen = mask[here, : cache.offset + first + count]
    return _block(last, hidden[:, here], turned, seen, Whole(cache, first))


def run_prefix(anatomy: Anatomy, blocks: Sequence[nn.Module], hidden: torch.Tensor) -> Prefix:
    """A prefix, [1, length, width], after the blocks. A prefix of length 0 is allowed."""
    records = [Recorder() for _ in blocks]
    length = hidden.shape[1]
    if length:
        hidden = through(anatomy, blocks, hidden, records)
    return Prefix(length, hidden, records)


def after(prefix: Prefix) -> list[AfterPrefix]:
    """Fresh caches for rows that continue a prefix."""
    return [AfterPrefix(record, prefix.length) for record in prefix.records]


def embedded(anatomy: Anatomy, tokens: Tokens) -> torch.Tensor:
    """[1, length, width] embeddings of one sequence, which may be empty."""
    return anatomy.embed(anatomy.tokens([list(tokens)]))


def padded(anatomy: Anatomy, sequences: Sequence[Tokens]) -> torch.Tensor:
    """[batch, longest] token ids, filled up on the right, where causal attention never looks."""
    longest = max(len(sequence) for sequence in sequences)
    rows = [[*sequence, *(PAD,) * (longest - len(sequence))] for sequence in sequences]
    return anatomy.tokens(rows)


def _block(
    block: nn.Module, hidden: torch.Tensor, rotary: Any, mask: torch.Tensor | None, cache: Memory
) -> torch.Tensor:
    found = block(hidden, position_embeddings=rotary, attention_mask=mask, memory=cache)
    # Older versions of transformers give a tuple.
    return cast("torch.Tensor", found[0] if isinstance(found, tuple) else found)


def _positions(offset: int | torch.Tensor, length: int, device: torch.device) -> torch.Tensor:
    """[1 or batch, length] positions of an input that begins at ``offset``."""
    steps = torch.arange(length, device=device)
    return (offset[:, None] if isinstance(offset, torch.Tensor) else offset) + steps.expand(1, -1)


def _causal(offset: int, length: int, device: torch.device) -> torch.Tensor:
    """[length, offset + length]: true where a position may look, after so many others."""
    steps = torch.arange(offset + length, device=device)
    return steps[None] <= steps[offset:, None]
