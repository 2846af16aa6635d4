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
from engram.backends.caches import Prefix, Recorder
from engram.backends.held import Held
from engram.backends.mlx import adapter
from engram.backends.mlx.anatomy import dissect
from engram.backends.mlx.caches import AfterPrefix, Rows
from engram.backends.mlx.decode import Choose, Decoder, greedy
from engram.backends.mlx.examples import MlxExamples
from engram.backends.mlx.forward import through
from engram.backends.mlx.methods import Worn
from engram.backends.mlx.train import MlxLearner
from engram.core.recipe import Recipe

if TYPE_CHECKING:
    import numpy.typing as npt


class MlxModel(Held[Choose, mx.array]):
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
        return MlxLearner(
            self.anatomy, rows, valid, recipe, folder, on_rows, rehearsed, on_note, self.ranks
        )

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

    def examples(self, rows: Sequence[Encoded]) -> MlxExamples:
        """Rows at the door of the lowest block."""
        return MlxExamples(self.anatomy, rows, self.layers)

    def log_odds(
        self, rows: MlxExamples, indices: Sequence[int], start: Prefix[mx.array]
    ) -> npt.NDArray[np.float32]:
        """Log-probabilities after the prompts of rows that have one place to look at."""
        logits = self.anatomy.logits(rows.features(rows.batch(indices), start)).astype(mx.float32)
        return np.array(logits - mx.logsumexp(logits, axis=-1, keepdims=True))

    def _next(self, hidden: mx.array) -> int:
        """The most likely token after a sequence of one row."""
        return cast("int", greedy(self.anatomy.logits(hidden[:, -1])).item())


def drawn(logits: mx.array, temperature: float, key: mx.array) -> mx.array:
    """[rows] token ids drawn from softmax(logits / temperature), by the inverse of its sum."""
    odds = mx.softmax(logits.astype(mx.float32) / temperature, axis=-1)
    sums = mx.cumsum(odds, axis=-1)
    draws = mx.random.uniform(shape=(logits.shape[0], 1), key=key) * sums[:, -1:]
    return mx.minimum((sums <= draws).sum(axis=-1), logits.shape[-1] - 1)
