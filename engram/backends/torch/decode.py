"""Decoding in torch: what one pass over prompts and guesses computes, and one more token."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from engram.backends.base import Encoded, Tokens
from engram.backends.caches import Span
from engram.backends.decoding import Cut, Decoding, draft
from engram.backends.torch.anatomy import Anatomy
from engram.backends.torch.caches import AfterPrefix, Rows, stacked
from engram.backends.torch.forward import (
    after,
    embedded,
    padded,
    read,
    run_prefix,
    through,
)

# Chooses the next token ids, [rows], from logits, [rows, vocabulary].
Choose = Callable[[torch.Tensor], torch.Tensor]


def greedy(logits: torch.Tensor) -> torch.Tensor:
    """The most likely token of each row."""
    return logits.argmax(dim=-1)


class Decoder(Decoding[Choose, torch.Tensor, list[AfterPrefix], Rows]):
    """Answers many prompts that begin alike. The common beginning is computed once."""

    def __init__(self, anatomy: Anatomy, prompts: Sequence[Tokens], stop: int, limit: int) -> None:
        super().__init__(prompts, stop, limit)
        self.anatomy = anatomy
        start = embedded(anatomy, prompts[0][: self.shared])
        self.prefix = run_prefix(anatomy, anatomy.blocks, start)

    def verify(
        self, batch: Sequence[Encoded], guesses: Sequence[Tokens], choose: Choose, alike: int
    ) -> tuple[list[AfterPrefix], list[list[int]]]:
        """One pass over prompts and guesses: caches, and the choices."""
        asked, anatomy = draft(batch, guesses, self.shared), self.anatomy
        caches = after(self.prefix)
        embeddings = anatomy.embed(padded(anatomy, asked.inputs))
        span = Span(embeddings, asked.first, asked.most)
        hidden = read(anatomy, anatomy.blocks, span, caches)
        places = anatomy.tokens(asked.places)[..., None].expand(-1, -1, hidden.shape[-1])
        states = hidden.gather(1, places).repeat_interleave(alike, dim=0)
        chosen = choose(anatomy.logits(states.flatten(0, 1)))
        table: list[list[int]] = chosen.reshape(states.shape[:2]).tolist()
        return caches, table

    def cut(
        self, passed: list[AfterPrefix], lines: list[int], ends: list[int]
    ) -> Cut[torch.Tensor]:
        """Keys and values of the rows that go on, as far as one of them counts."""
        most = max(ends)
        keys = [cache.keys[lines, :, :most] for cache in passed]
        values = [cache.values[lines, :, :most] for cache in passed]
        return Cut(keys, values, ends)

    def aligned(
        self, keys: Sequence[torch.Tensor], values: Sequence[torch.Tensor], ends: list[int]
    ) -> Rows:
        """A layer's cache of rows that go on together."""
        return Rows(stacked(keys), stacked(values), ends)

    def next(self, going: list[Rows], last: list[int], choose: Choose) -> list[int]:
        """One more token of each row."""
        hidden = self.anatomy.embed(self.anatomy.tokens(last)[:, None])
        hidden = through(self.anatomy, self.anatomy.blocks, hidden, going, going[0].mask())
        found: list[int] = choose(self.anatomy.logits(hidden[:, -1])).tolist()
        return found

    def keep(self, going: list[Rows], rows: list[int]) -> None:
        """Drop all rows but these."""
        for cache in going:
            cache.keep(self.anatomy.tokens(rows))
