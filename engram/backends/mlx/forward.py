"""Forward passes over batches that share a prefix, through some of a model's blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import mlx.core as mx
from mlx.nn.layers.base import Module

from engram.backends.base import Tokens
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.caches import AfterPrefix, Recorder, Rows, Whole

PAD = 0


@dataclass(frozen=True, slots=True)
class Prefix:
    """A common beginning after a stack of blocks: hidden states and what each block recorded."""

    length: int
    hidden: mx.array
    records: list[Recorder]


def through(
    blocks: Sequence[Module],
    hidden: mx.array,
    caches: Sequence[Recorder | AfterPrefix | Rows],
    mask: mx.array | str | None = "causal",
) -> mx.array:
    """[batch, length, width] hidden states after the blocks."""
    for block, cache in zip(blocks, caches, strict=True):
        hidden = block(hidden, mask, cache)
    return hidden


def read(
    blocks: Sequence[Module],
    hidden: mx.array,
    caches: Sequence[AfterPrefix],
    first: int,
    count: int,
) -> mx.array:
    """``through``, for ``count`` positions from ``first`` on alone: [batch, count, width].

    The last block gives all positions to be attended to, but attends and thinks for these only.
    """
    hidden = through(blocks[:-1], hidden, caches[:-1])
    last, cache = blocks[-1], caches[-1]
    # Never evaluated but for the keys and values that it leaves in the cache.
    last(hidden, "causal", cache)
    some: mx.array = last(hidden[:, first : first + count], "causal", Whole(cache, first))
    return some


def run_prefix(blocks: Sequence[Module], hidden: mx.array) -> Prefix:
    """A prefix, [1, length, width], after the blocks. A prefix of length 0 is allowed."""
    records = [Recorder() for _ in blocks]
    length = hidden.shape[1]
    if length:
        hidden = through(blocks, hidden, records)
    return Prefix(length, hidden, records)


def after(prefix: Prefix) -> list[AfterPrefix]:
    """Fresh caches for rows that continue a prefix."""
    return [AfterPrefix(record, prefix.length) for record in prefix.records]


def embedded(anatomy: Anatomy, tokens: Tokens) -> mx.array:
    """[1, length, width] embeddings of one sequence, which may be empty."""
    return anatomy.embed(mx.array(tokens, dtype=mx.int32)[None])


def padded(sequences: Sequence[Tokens]) -> mx.array:
    """[batch, longest] token ids, filled up on the right, where causal attention never looks."""
    longest = max(len(sequence) for sequence in sequences)
    rows = [(*sequence, *(PAD,) * (longest - len(sequence))) for sequence in sequences]
    return mx.array(rows, dtype=mx.int32)


def at(hidden: mx.array, positions: mx.array) -> mx.array:
    """Hidden states at the given positions: [batch, length, w], [batch, n] -> [batch, n, w]."""
    return mx.take_along_axis(hidden, positions[..., None], axis=1)
