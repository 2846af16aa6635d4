"""A model in memory, whatever framework holds it: what it is asked, in the same order for all."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from engram.backends import checkpoint
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
from engram.backends.caches import Prefix
from engram.backends.confirm import confirmed
from engram.backends.decoding import Decoding
from engram.backends.examples import Examples, State
from engram.backends.learning import Learning
from engram.backends.loop import Loop
from engram.backends.memory import check_step, explained
from engram.backends.plan import as_rows, by_length
from engram.backends.ranks import ALONE, Ranks
from engram.core.recipe import Recipe
from engram.core.training import Training

# Chooses the next token ids, [rows], from logits, [rows, vocabulary].
Choose = TypeVar("Choose")

NEXT_TOKEN_ROWS = 16  # whose logits over the vocabulary are there at once


class Worn(Protocol):
    """An adapter that a model wears."""

    @property
    def parameters(self) -> int:
        """The number of parameters that training changes."""

    def take_off(self) -> None:
        """Leave the base as it was."""


class Held(ABC, Generic[Choose, State]):
    """A base model in memory, with at most one adapter on top of it. See base.LanguageModel."""

    device: str
    dtype: str
    layers: int

    def __init__(self) -> None:
        # The trained rows below the adapter, for whoever asks them again, and how many blocks the
        # adapter has that is on the model now.
        self.trained: Examples[State] | None = None
        self.ranks: Ranks = ALONE
        self.adapted = 0

    @property
    @abstractmethod
    def sizes(self) -> Any:
        """The model's sizes, by the names of its ``config.json``."""

    @abstractmethod
    def put_on(self, recipe: Recipe) -> Worn:
        """Put a fresh adapter on the top blocks. Raises EngramError where it does not fit."""

    @abstractmethod
    def mounted(self, folder: Path) -> AbstractContextManager[int]:
        """The adapter in ``folder`` on the model; gives the number of blocks that it adapts."""

    @abstractmethod
    def learner(
        self,
        rows: Sequence[Encoded],
        valid: Sequence[Encoded],
        recipe: Recipe,
        folder: Path,
        on_rows: OnRows,
        rehearsed: Sequence[Tokens],
        on_note: OnNote,
    ) -> Learning[State]:
        """What learns the rows. The adapter is on the model."""

    @abstractmethod
    def examples(self, rows: Sequence[Encoded]) -> Examples[State]:
        """Rows at the door of the lowest block, for what the model is as a whole."""

    @abstractmethod
    def log_odds(
        self, rows: Any, indices: Sequence[int], start: Prefix[State]
    ) -> npt.NDArray[np.float32]:
        """Log-probabilities, [indices, vocabulary], in nats, of what follows on prompts.

        ``rows``: what ``examples`` made of rows that have one place to look at, and ``start``:
        their beginning.
        """

    @abstractmethod
    def decoder(
        self, prompts: Sequence[Tokens], stop: int, limit: int
    ) -> Decoding[Choose, Any, Any, Any]:
        """What answers the prompts."""

    @abstractmethod
    def greedy(self) -> Choose:
        """The choice of the most likely token."""

    @abstractmethod
    def drawing(self, how: Sampling) -> Choose:
        """The choice of a token at random, as often as it is likely."""

    @abstractmethod
    def alone(self, prompt: Tokens) -> Iterator[int]:
        """Greedy tokens without end, each computed when it is asked for."""

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
        folder.mkdir(parents=True, exist_ok=True)
        if self.trained:
            self.trained.states.close()
        self.trained = None
        worn = self.put_on(recipe)
        try:
            check_step(self.sizes, rows, recipe, worn.parameters)
            with explained(min(recipe.batch_size, len(rows))):
                created = time.perf_counter()
                learner = self.learner(rows, valid, recipe, folder, on_rows, rehearsed, on_note)
                loop = Loop(learner, rows, recipe, folder, created)
                training = loop.run(on_step, on_epoch, on_lowered)
            self.trained = learner.trained if learner.trained.states.kept else None
            return training
        finally:
            worn.take_off()

    def forget_checkpoint(self, folder: Path) -> None:
        """Remove what only an unfinished training run needs."""
        checkpoint.clear(folder)

    @contextmanager
    def adapter(self, folder: Path) -> Iterator[None]:
        """The adapter in ``folder`` on top of the base for as long as the context lasts."""
        with self.mounted(folder) as self.adapted:
            try:
                yield
            finally:
                self.adapted = 0

    def answer(
        self, asked: Sequence[Encoded], stop: int, limit: int, on_rows: OnRows
    ) -> list[Generated]:
        """Greedy answers, in the order asked."""
        known = self.trained if self.trained and self.trained.adapted == self.adapted else None
        results = confirmed(known, asked, stop, limit, on_rows) if known else {}
        others = [index for index in range(len(asked)) if index not in results]
        if others:
            rest = [asked[index] for index in others]
            decoder = self.decoder([row.prompt for row in rest], stop, limit)
            results |= dict(zip(others, decoder.answers(rest, self.greedy(), on_rows)))
        return [results[index] for index in range(len(asked))]

    def sample(
        self, prompts: Sequence[Tokens], stop: int, how: Sampling, on_rows: OnRows
    ) -> list[list[Generated]]:
        """``how.runs`` samples for each prompt."""
        if not prompts:
            return []
        decoder = self.decoder(prompts, stop, how.limit)
        return decoder.sampled(prompts, how.runs, self.drawing(how), on_rows)

    def likelihood(
        self, rows: Sequence[Encoded], temperature: float, on_rows: OnRows
    ) -> list[float]:
        """How likely ``sample`` says each row's answer: log-probabilities in nats, at most 0."""
        return self.examples(rows).log_likelihood(temperature, on_rows) if rows else []

    def next_token(self, prompts: Sequence[Tokens], on_rows: OnRows) -> npt.NDArray[np.float32]:
        """Log-probabilities of the next token, [prompts, vocabulary], in nats."""
        rows = self.examples(as_rows(prompts))
        start, found = rows.beginning(), dict[int, npt.NDArray[np.float32]]()
        for indices in by_length([len(prompt) for prompt in prompts], NEXT_TOKEN_ROWS):
            found |= dict(zip(indices, self.log_odds(rows, indices, start)))
            on_rows(len(indices))
        return np.stack([found[index] for index in range(len(prompts))])

    def time(self, prompt: Tokens, stop: int, limit: int, on_token: OnToken = ignored) -> Timed:
        """One greedy answer, alone: nothing is shared with another prompt, nothing is guessed."""
        started = time.perf_counter()
        tokens = self.alone(prompt)
        said = [next(tokens)]
        first = time.perf_counter() - started
        on_token(said[-1])
        while said[-1] != stop and len(said) < limit:
            said.append(next(tokens))
            on_token(said[-1])
        total = time.perf_counter() - started
        stopped = said[-1] == stop
        return Timed(Generated(tuple(said[:-1] if stopped else said), stopped), first, total)
