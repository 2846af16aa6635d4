"""Forward passes over batches that share a prefix, through some of a model's blocks."""

from __future__ import annotations

from collections.abc import Sequence

import mlx.core as mx
from mlx.nn.layers.base import Module

from engram.backends.base import Tokens
from engram.backends.caches import Prefix, Recorder, Span, Whole
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.caches import AfterPrefix, Pieces, Rows, side_by_side
from engram.backends.mlx.light import takes_pieces

PAD = 0


def through(
    blocks: Sequence[Module],
    hidden: mx.array,
    caches: Sequence[Recorder[mx.array] | AfterPrefix | Rows | Pieces],
    mask: mx.array | str | None = "causal",
) -> mx.array:
    """[batch, length, width] hidden states after the blocks."""
    for block, cache in zip(blocks, caches, strict=True):
        hidden = block(hidden, mask, cache)
    return hidden


def read(blocks: Sequence[Module], span: Span[mx.array], caches: Sequence[AfterPrefix]) -> mx.array:
    """The positions of the span that are read, after the blocks: [rows, count, width].

    The last block gives all positions to be attended to, but attends and thinks for these only.
    """
    hidden = through(blocks[:-1], span.hidden, caches[:-1])
    last, cache = blocks[-1], caches[-1]
    # Never evaluated but for the keys and values that it leaves in the cache.
    last(hidden, "causal", cache)
    some: mx.array = last(span.of(hidden), "causal", Whole(cache, span.first))
    return some


def read_together(
    blocks: Sequence[Module], beginning: mx.array, spans: Sequence[Span[mx.array]]
) -> list[mx.array]:
    """What ``read`` gives for each span after a common beginning, [1, length, width].

    Where the blocks take it, all of them and the beginning are one batch in what works position by
    position: one large product costs less than some small ones.
    """
    if not all(takes_pieces(block) for block in blocks):
        prefix = run_prefix(blocks, beginning)
        return [read(blocks, span, after(prefix)) for span in spans]
    length = beginning.shape[1]
    first = [beginning] if length else []
    pieces = [*first, *(span.hidden for span in spans)]
    shapes = [piece.shape[:2] for piece in pieces]
    caches = []
    for _ in blocks:
        record: Recorder[mx.array] = Recorder()
        others = [AfterPrefix(record, length) for _ in spans]
        caches.append(Pieces(shapes, [*([record] if first else []), *others]))
    hidden = through(blocks[:-1], side_by_side(pieces), caches[:-1])
    last = blocks[-1]
    last(hidden, "causal", caches[-1])  # for its keys and values, as in ``read``
    parts = caches[-1].apart(hidden)[len(first) :]
    some = [span.of(part) for span, part in zip(spans, parts)]
    wholes = [Whole(cache, span.first) for cache, span in zip(others, spans)]
    ends = Pieces([part.shape[:2] for part in some], wholes)
    return ends.apart(last(side_by_side(some), "causal", ends))


def run_prefix(blocks: Sequence[Module], hidden: mx.array) -> Prefix[mx.array]:
    """A prefix, [1, length, width], after the blocks. A prefix of length 0 is allowed."""
    records: list[Recorder[mx.array]] = [Recorder() for _ in blocks]
    length = hidden.shape[1]
    if length:
        hidden = through(blocks, hidden, records)
    return Prefix(length, hidden, records)


def after(prefix: Prefix[mx.array]) -> list[AfterPrefix]:
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
