"""Decoding in MLX: what one pass over prompts and guesses computes, and one more token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import mlx.core as mx
import numpy as np

from engram.backends.base import Encoded, Tokens
from engram.backends.caches import Span
from engram.backends.decoding import Cut, Decoding, draft
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.caches import AfterPrefix, Rows, stacked
from engram.backends.mlx.forward import (
    after,
    at,
    embedded,
    padded,
    read,
    run_prefix,
    through,
)

# Chooses the next token ids, [rows], from logits, [rows, vocabulary].
Choose = Callable[[mx.array], mx.array]


def greedy(logits: mx.array) -> mx.array:
    """The most likely token of each row."""
    return mx.argmax(logits, axis=-1)


class Decoder(Decoding[Choose, mx.array, list[AfterPrefix], Rows]):
    """Answers many prompts that begin alike. The common beginning is computed once."""

    def __init__(self, anatomy: Anatomy, prompts: Sequence[Tokens], stop: int, limit: int) -> None:
        super().__init__(prompts, stop, limit)
        self.anatomy = anatomy
        start = embedded(anatomy, prompts[0][: self.shared])
        self.prefix = run_prefix(anatomy.blocks, start)
        mx.eval([record.keys for record in self.prefix.records if record.keys is not None])

    def verify(
        self, batch: Sequence[Encoded], guesses: Sequence[Tokens], choose: Choose, alike: int
    ) -> tuple[list[AfterPrefix], list[list[int]]]:
        """One pass over prompts and guesses: caches, and the choices."""
        asked = draft(batch, guesses, self.shared)
        caches = after(self.prefix)
        embeddings = self.anatomy.embed(padded(asked.inputs))
        span = Span(embeddings, asked.first, asked.most)
        hidden = read(self.anatomy.blocks, span, caches)
        states = mx.repeat(at(hidden, mx.array(asked.places)), alike, axis=0)
        chosen = choose(self.anatomy.logits(states.reshape(-1, states.shape[-1])))
        mx.eval(chosen, [(cache.keys, cache.values) for cache in caches])
        return caches, np.array(chosen).reshape(states.shape[:2]).tolist()

    def cut(self, passed: list[AfterPrefix], lines: list[int], ends: list[int]) -> Cut[mx.array]:
        """Keys and values of the rows that go on, as far as one of them counts."""
        rows, most = mx.array(lines, dtype=mx.int32), max(ends)
        keys = [cache.keys[rows, :, :most] for cache in passed]
        values = [cache.values[rows, :, :most] for cache in passed]
        mx.eval(keys, values)
        return Cut(keys, values, ends)

    def aligned(
        self, keys: Sequence[mx.array], values: Sequence[mx.array], ends: list[int]
    ) -> Rows:
        """A layer's cache of rows that go on together."""
        return Rows(stacked(keys), stacked(values), ends)

    def next(self, going: list[Rows], last: list[int], choose: Choose) -> list[int]:
        """One more token of each row."""
        embeddings = self.anatomy.embed(mx.array(last)[:, None])
        hidden = through(self.anatomy.blocks, embeddings, going, going[0].mask())
        return cast("list[int]", np.array(choose(self.anatomy.logits(hidden[:, -1]))).tolist())

    def keep(self, going: list[Rows], rows: list[int]) -> None:
        """Drop all rows but these."""
        for cache in going:
            cache.keep(mx.array(rows, dtype=mx.int32))
