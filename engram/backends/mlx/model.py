"""A model in MLX, as the laboratory sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import mlx.core as mx
import numpy as np
from mlx.nn.layers.base import Module

from engram.backends.base import Encoded, OnNote, OnRows, Sampling, Tokens
from engram.backends.held import Held
from engram.backends.mlx import adapter
from engram.backends.mlx.anatomy import dissect
from engram.backends.mlx.caches import AfterPrefix, Recorder, Rows
from engram.backends.mlx.decode import Choose, Decoder, greedy
from engram.backends.mlx.forward import Span, after, embedded, padded, read, run_prefix, through
from engram.backends.mlx.likelihood import log_likelihood
from engram.backends.mlx.methods import Worn
from engram.backends.mlx.train import MlxLearner
from engram.backends.plan import by_length, common_prefix
from engram.core.recipe import Recipe

if TYPE_CHECKING:
    import numpy.typing as npt

NEXT_TOKEN_BATCH = 16


class MlxModel(Held[Choose]):
    """A base model in memory, with at most one adapter on top of it. See backends.held."""

    def __init__(self, model: Module, dtype: str, device: str) -> None:
        super().__init__()
        self.anatomy = dissect(model)
        self.dtype, self.device = dtype, device
        self.layers = len(self.anatomy.blocks)

    @property
    def sizes(self) -> Any:
        return self.anatomy.model.args

    def put_on(self, recipe: Recipe) -> Worn:
        """Put a fresh adapter on the top blocks."""
        return adapter.put_on(self.anatomy.model, recipe)

    def mounted(self, folder: Path) -> AbstractContextManager[int]:
        """The adapter in ``folder`` on the model."""
        return adapter.mounted(self.anatomy.model, folder)

    def learner(
        self,
        rows: Sequence[Encoded],
        valid: Sequence[Encoded],
        recipe: Recipe,
        folder: Path,
        on_rows: OnRows,
        rehearsed: Sequence[Tokens],
        on_note: OnNote,
    ) -> MlxLearner:
        """What learns the rows."""
        return MlxLearner(self.anatomy, rows, valid, recipe, folder, on_rows, rehearsed, on_note)

    def decoder(self, prompts: Sequence[Tokens], stop: int, limit: int) -> Decoder:
        """What answers the prompts."""
        return Decoder(self.anatomy, prompts, stop, limit)

    def greedy(self) -> Choose:
        """The choice of the most likely token."""
        return greedy

    def drawing(self, how: Sampling) -> Choose:
        """The choice of a token at random, as often as it is likely."""
        state = [mx.random.key(how.seed)]

        def choose(logits: mx.array) -> mx.array:
            state[0], key = mx.random.split(state[0])
            return drawn(logits, how.temperature, key)

        return choose

    def alone(self, prompt: Tokens) -> Iterator[int]:
        """Greedy tokens without end."""
        blocks, embed = self.anatomy.blocks, self.anatomy.embed
        caches: list[AfterPrefix] = [AfterPrefix(Recorder(), 0) for _ in blocks]
        said = self._next(through(blocks, embed(mx.array(prompt)[None]), caches))
        yield said
        rows = [Rows(cache.keys, cache.values, [len(prompt)]) for cache in caches]
        while True:
            said = self._next(through(blocks, embed(mx.array([[said]])), rows, None))
            yield said

    def likelihood(
        self, rows: Sequence[Encoded], temperature: float, on_rows: OnRows
    ) -> list[float]:
        """How likely ``sample`` says each row's answer: log-probabilities in nats, at most 0."""
        return log_likelihood(self.anatomy, rows, temperature, on_rows) if rows else []

    def next_token(self, prompts: Sequence[Tokens], on_rows: OnRows) -> npt.NDArray[np.float32]:
        """Log-probabilities of the next token, [prompts, vocabulary], in nats."""
        rows: list[npt.NDArray[np.float32] | None] = [None] * len(prompts)
        shared = common_prefix(prompts)
        start = run_prefix(self.anatomy.blocks, embedded(self.anatomy, prompts[0][:shared]))
        for indices in by_length([len(prompt) for prompt in prompts], NEXT_TOKEN_BATCH):
            batch = [prompts[index][shared:] for index in indices]
            ends = [len(prompt) - 1 for prompt in batch]
            first, embeddings = min(ends), self.anatomy.embed(padded(batch))
            span = Span(embeddings, first, max(ends) + 1 - first)
            hidden = read(self.anatomy.blocks, span, after(start))
            last = hidden[mx.arange(len(batch)), mx.array([end - first for end in ends])]
            logits = self.anatomy.logits(last).astype(mx.float32)
            found = np.array(logits - mx.logsumexp(logits, axis=-1, keepdims=True))
            for line, index in enumerate(indices):
                rows[index] = found[line]
            on_rows(len(indices))
        return np.stack([row for row in rows if row is not None])

    def _next(self, hidden: mx.array) -> int:
        """The most likely token after a sequence of one row."""
        return cast("int", greedy(self.anatomy.logits(hidden[:, -1])).item())


def drawn(logits: mx.array, temperature: float, key: mx.array) -> mx.array:
    """[rows] token ids drawn from softmax(logits / temperature), by the inverse of its sum."""
    odds = mx.softmax(logits.astype(mx.float32) / temperature, axis=-1)
    sums = mx.cumsum(odds, axis=-1)
    draws = mx.random.uniform(shape=(logits.shape[0], 1), key=key) * sums[:, -1:]
    return mx.minimum((sums <= draws).sum(axis=-1), logits.shape[-1] - 1)
