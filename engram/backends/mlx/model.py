"""A model in MLX, as the laboratory sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import mlx.core as mx
import numpy as np
from mlx.nn.layers.base import Module

from engram.backends.base import (
    Encoded,
    Generated,
    OnEpoch,
    OnLowered,
    OnNote,
    OnRows,
    OnStep,
    OnToken,
    Sampling,
    Timed,
    Tokens,
    ignored,
)
from engram.backends.mlx import adapter, checkpoint
from engram.backends.mlx.anatomy import dissect
from engram.backends.mlx.batch import Examples
from engram.backends.mlx.caches import AfterPrefix, Recorder, Rows
from engram.backends.mlx.decode import Decoder, greedy
from engram.backends.mlx.forward import after, embedded, padded, read, run_prefix, through
from engram.backends.mlx.likelihood import log_likelihood
from engram.backends.mlx.memory import check_step, explained
from engram.backends.mlx.train import Trainer
from engram.backends.plan import FORWARD_ROWS, by_length, common_prefix
from engram.core.recipe import Recipe
from engram.core.results import Training

if TYPE_CHECKING:
    import numpy.typing as npt

NEXT_TOKEN_BATCH = 16


class MlxModel:
    """A base model in memory, with at most one adapter on top of it. See backends.base."""

    def __init__(self, model: Module, dtype: str, device: str) -> None:
        self.anatomy = dissect(model)
        self.dtype, self.device = dtype, device
        self.layers = len(self.anatomy.blocks)
        # The trained rows below the adapter, for whoever asks them again, and how many blocks the
        # adapter has that is on the model now.
        self.trained: Examples | None = None
        self.adapted = 0

    def train(
        self,
        rows: Sequence[Encoded],
        valid: Sequence[Encoded],
        recipe: Recipe,
        folder: Path,
        on_step: OnStep,
        on_rows: OnRows = ignored,
        on_epoch: OnEpoch = ignored,
        rehearsed: Sequence[Tokens] = (),
        on_lowered: OnLowered = ignored,
        on_note: OnNote = ignored,
    ) -> Training:
        """Train an adapter and leave it in ``folder``/adapter; goes on from a checkpoint."""
        model = self.anatomy.model
        folder.mkdir(parents=True, exist_ok=True)
        if self.trained:
            self.trained.close()
        self.trained = None
        worn = adapter.put_on(model, recipe)
        try:
            check_step(self.anatomy, rows, recipe, worn.parameters)
            with explained(min(recipe.batch_size, len(rows))):
                trainer = Trainer(
                    self.anatomy, rows, valid, recipe, folder, on_rows, rehearsed, on_note
                )
                training = trainer.run(on_step, on_epoch, on_lowered)
            self.trained = trainer.examples if trainer.examples.kept else None
            return training
        finally:
            worn.take_off()

    def forget_checkpoint(self, folder: Path) -> None:
        """Remove what only an unfinished training run needs."""
        checkpoint.clear(folder)

    @contextmanager
    def adapter(self, folder: Path) -> Iterator[None]:
        """The adapter in ``folder`` on top of the base for as long as the context lasts."""
        with adapter.mounted(self.anatomy.model, folder) as self.adapted:
            try:
                yield
            finally:
                self.adapted = 0

    def answer(
        self, asked: Sequence[Encoded], stop: int, limit: int, on_rows: OnRows
    ) -> list[Generated]:
        """Greedy answers, in the order asked."""
        results = self._confirmed(asked, stop, limit, on_rows)
        others = [index for index in range(len(asked)) if index not in results]
        if others:
            rest = [asked[index] for index in others]
            decoder = Decoder(self.anatomy, [row.prompt for row in rest], stop, limit)
            results |= dict(zip(others, decoder.answers(rest, on_rows)))
        return [results[index] for index in range(len(asked))]

    def _confirmed(
        self, asked: Sequence[Encoded], stop: int, limit: int, on_rows: OnRows
    ) -> dict[int, Generated]:
        """The answers to rows that were just trained, where they are surely the guess.

        What lies below the adapter was computed for training, so only the blocks above are.
        """
        examples = self.trained
        if examples is None or examples.adapted != self.adapted:
            return {}
        places = {
            index: examples.places[row]
            for index, row in enumerate(asked)
            if row in examples.places and row.answer[-1] == stop and len(row.answer) <= limit
        }
        results: dict[int, Generated] = {}
        known = list(places)
        for lines in by_length([len(asked[index]) for index in known], FORWARD_ROWS):
            batch = [known[line] for line in lines]
            sure = examples.surely_right([places[index] for index in batch])
            right = [index for index, same in zip(batch, sure) if same]
            results |= {index: Generated(asked[index].answer[:-1], stopped=True) for index in right}
            on_rows(len(right))
        return results

    def sample(
        self, prompts: Sequence[Tokens], stop: int, how: Sampling, on_rows: OnRows
    ) -> list[list[Generated]]:
        """``how.runs`` samples for each prompt."""
        if not prompts:
            return []
        state = [mx.random.key(how.seed)]

        def choose(logits: mx.array) -> mx.array:
            state[0], key = mx.random.split(state[0])
            return drawn(logits, how.temperature, key)

        decoder = Decoder(self.anatomy, prompts, stop, how.limit)
        return decoder.sampled(prompts, how.runs, choose, on_rows)

    def likelihood(
        self, rows: Sequence[Encoded], temperature: float, on_rows: OnRows
    ) -> list[float]:
        """How likely ``sample`` says each row's answer: log-probabilities in nats, at most 0."""
        return log_likelihood(self.anatomy, rows, temperature, on_rows) if rows else []

    def time(self, prompt: Tokens, stop: int, limit: int, on_token: OnToken = ignored) -> Timed:
        """One greedy answer, alone: nothing is shared with another prompt, nothing is guessed."""
        blocks, embed = self.anatomy.blocks, self.anatomy.embed
        caches: list[AfterPrefix] = [AfterPrefix(Recorder(), 0) for _ in blocks]
        started = time.perf_counter()
        hidden = through(blocks, embed(mx.array(prompt)[None]), caches)
        said = [self._next(hidden)]
        first = time.perf_counter() - started
        on_token(said[-1])
        rows = [Rows(cache.keys, cache.values, [len(prompt)]) for cache in caches]
        while said[-1] != stop and len(said) < limit:
            hidden = through(blocks, embed(mx.array([[said[-1]]])), rows, None)
            said.append(self._next(hidden))
            on_token(said[-1])
        total = time.perf_counter() - started
        stopped = said[-1] == stop
        return Timed(Generated(tuple(said[:-1] if stopped else said), stopped), first, total)

    def next_token(self, prompts: Sequence[Tokens], on_rows: OnRows) -> npt.NDArray[np.float32]:
        """Log-probabilities of the next token, [prompts, vocabulary], in nats."""
        rows: list[npt.NDArray[np.float32] | None] = [None] * len(prompts)
        shared = common_prefix(prompts)
        start = run_prefix(self.anatomy.blocks, embedded(self.anatomy, prompts[0][:shared]))
        for indices in by_length([len(prompt) for prompt in prompts], NEXT_TOKEN_BATCH):
            batch = [prompts[index][shared:] for index in indices]
            ends = [len(prompt) - 1 for prompt in batch]
            first, embeddings = min(ends), self.anatomy.embed(padded(batch))
            hidden = read(
                self.anatomy.blocks, embeddings, after(start), first, max(ends) + 1 - first
            )
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
