"""Forward passes over batches that share a prefix, through some of a model's blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import nn

from engram.backends.base import Tokens
from engram.backends.caches import Prefix, Recorder, Span, Whole
from engram.backends.torch.anatomy import Anatomy, taken_by
from engram.backends.torch.caches import AfterPrefix, Memory, Pieces, side_by_side

PAD = 0


def through(
    anatomy: Anatomy,
    blocks: Sequence[nn.Module],
    hidden: torch.Tensor,
    caches: Sequence[Memory | Pieces],
    mask: torch.Tensor | None = None,
) -> torch.Tensor:
    """[batch, length, width] hidden states after the blocks.

    ``mask``, broadcast to [batch, heads, length, positions], is true where a position may look; by
    default at itself and all before.
    """
    if not blocks:
        return hidden
    hidden = hidden.to(taken_by(blocks[0]))
    rotary, seen = _placed(anatomy, hidden, caches[0])
    for block, cache in zip(blocks, caches, strict=True):
        hidden = _block(block, hidden, rotary, seen if mask is None else mask, cache)
    return hidden


def read(
    anatomy: Anatomy,
    blocks: Sequence[nn.Module],
    span: Span[torch.Tensor],
    caches: Sequence[AfterPrefix],
) -> torch.Tensor:
    """The positions of the span that are read, after the blocks: [rows, count, width].

    The last block gives all positions to be attended to, but thinks for these only.
    """
    hidden = through(anatomy, blocks[:-1], span.hidden, caches[:-1])
    _remember(anatomy, blocks[-1], hidden, caches[-1])
    whole = Whole(caches[-1], span.first)
    return through(anatomy, blocks[-1:], span.of(hidden), [whole])


def read_together(
    anatomy: Anatomy,
    blocks: Sequence[nn.Module],
    beginning: torch.Tensor,
    spans: Sequence[Span[torch.Tensor]],
) -> list[torch.Tensor]:
    """What ``read`` gives for each span after a common beginning, [1, length, width].

    All of them and the beginning are one batch in what works position by position: one large
    product costs less than some small ones.
    """
    length = beginning.shape[1]
    first = [beginning] if length else []
    pieces = [*first, *(span.hidden for span in spans)]
    shapes = [(len(piece), piece.shape[1]) for piece in pieces]
    caches = []
    for _ in blocks:
        record: Recorder[torch.Tensor] = Recorder()
        others = [AfterPrefix(record, length) for _ in spans]
        caches.append(Pieces(shapes, [*([record] if first else []), *others]))
    hidden = through(anatomy, blocks[:-1], side_by_side(pieces), caches[:-1])
    _remember(anatomy, blocks[-1], hidden, caches[-1])
    parts = caches[-1].apart(hidden)[len(first) :]
    some = [span.of(part) for span, part in zip(spans, parts)]
    wholes = [Whole(cache, span.first) for cache, span in zip(others, spans)]
    ends = Pieces([(len(part), part.shape[1]) for part in some], wholes)
    return ends.apart(through(anatomy, blocks[-1:], side_by_side(some), [ends]))


def run_prefix(
    anatomy: Anatomy, blocks: Sequence[nn.Module], hidden: torch.Tensor
) -> Prefix[torch.Tensor]:
    """A prefix, [1, length, width], after the blocks. A prefix of length 0 is allowed."""
    records: list[Recorder[torch.Tensor]] = [Recorder() for _ in blocks]
    length = hidden.shape[1]
    if length:
        hidden = through(anatomy, blocks, hidden, records)
    return Prefix(length, hidden, records)


def after(prefix: Prefix[torch.Tensor]) -> list[AfterPrefix]:
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
    block: nn.Module, hidden: torch.Tensor, rotary: Any, mask: Any, cache: Memory | Pieces
) -> torch.Tensor:
    found = block(hidden, position_embeddings=rotary, attention_mask=mask, memory=cache)
    # Older versions of transformers give a tuple.
    return cast("torch.Tensor", found[0] if isinstance(found, tuple) else found)


def _remember(
    anatomy: Anatomy, block: nn.Module, hidden: torch.Tensor, cache: Memory | Pieces
) -> None:
    """Leave the keys and values of all positions in the cache, and use nothing else of them."""
    hidden = hidden.to(taken_by(block))
    rotary, seen = _placed(anatomy, hidden, cache)
    cast("nn.Module", block.self_attn)(
        hidden_states=cast("nn.Module", block.input_layernorm)(hidden),
        position_embeddings=rotary,
        attention_mask=seen,
        memory=cache,
    )


def _placed(anatomy: Anatomy, hidden: torch.Tensor, cache: Memory | Pieces) -> tuple[Any, Any]:
    """What turns the positions of hidden states, and where each may look; of pieces, a list."""
    if not isinstance(cache, Pieces):
        positions, seen = _places(cache.offset, hidden.shape[1], hidden.device)
        return anatomy.rotary(hidden, positions), seen
    places, masks = [], []
    for (rows, length), one in zip(cache.shapes, cache.caches, strict=True):
        positions, seen = _places(one.offset, length, hidden.device)
        places.append(positions.expand(rows, -1))
        masks.append(seen)
    return anatomy.rotary(hidden, side_by_side(places)), masks


def _places(
    offset: int | torch.Tensor, length: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """[1 or batch, length] positions of an input that begins at ``offset``, and where each looks.

    That is [length, offset + length], true for itself and before; None says the same where the
    input is all there is, or where rows begin at places of their own, which have their own mask.
    """
    steps = torch.arange(length, device=device).expand(1, -1)
    if isinstance(offset, torch.Tensor):
        return offset[:, None] + steps, None
    every = torch.arange(offset + length, device=device)
    return offset + steps, every[None] <= every[offset:, None] if offset else None
