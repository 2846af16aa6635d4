"""What every framework's learner has in common: rows, rehearsal, and files of what is learnt."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Generic, TypeVar, cast

import numpy as np

from engram.backends.adapter_files import write_adapter
from engram.backends.base import Encoded, OnNote, OnRows, Tokens, ignored
from engram.backends.examples import Batch, Examples
from engram.backends.learner import Told
from engram.backends.plan import as_rows, worth_keeping
from engram.backends.ranks import ALONE, Ranks
from engram.backends.rehearsal import Rehearsal
from engram.core.recipe import Recipe

State = TypeVar("State")

WEIGHTS, OPTIMIZER = "weights/", "optimizer/"


class Learning(ABC, Generic[State]):
    """A model that already wears a fresh adapter, its optimiser and its rows. See Learner."""

    anatomy: Any

    def __init__(
        self,
        anatomy: Any,
        rows: Sequence[Encoded],
        valid: Sequence[Encoded],
        recipe: Recipe,
        folder: Path,
        on_rows: OnRows = ignored,
        rehearsed: Sequence[Tokens] = (),
        on_note: OnNote = ignored,
        ranks: Ranks = ALONE,
    ) -> None:
        self.anatomy, self.recipe, self.ranks = anatomy, recipe, ranks
        self._begin_alike()
        everything = [*rows, *as_rows(rehearsed)]
        kept = folder if worth_keeping(recipe, len(rows)) else None
        self.trained = self.examples(everything, on_rows, kept, on_note)
        self.rehearsal = Rehearsal(self.trained, len(rows), recipe) if rehearsed else None
        self.valid = self.examples(valid, on_rows) if valid else None
        self.restart()

    @abstractmethod
    def examples(
        self,
        rows: Sequence[Encoded],
        on_rows: OnRows,
        folder: Path | None = None,
        on_note: OnNote = ignored,
    ) -> Examples[State]:
        """Rows below the adapter that the recipe asks for."""

    @abstractmethod
    def restart(self) -> None:
        """A fresh optimiser."""

    @abstractmethod
    def descend(
        self, batch: Batch[State], step: int, rate: float
    ) -> tuple[State, State, State, State]:
        """One optimiser step; gives what ``step`` tells of, before it.

        The mean loss over answer tokens, and the drift, both []; and of each answer token, [n],
        whether it was the likeliest, and its loss.
        """

    @abstractmethod
    def trainable(self) -> dict[str, State]:
        """The parameters that training changes, by their names."""

    @abstractmethod
    def weights(self) -> dict[str, State]:
        """A copy of the weights that training changes."""

    @abstractmethod
    def put(self, weights: dict[str, State]) -> None:
        """Put weights in place of those that the model has."""

    @abstractmethod
    def optimized(self) -> dict[str, State]:
        """What the optimiser knows of earlier steps."""

    @abstractmethod
    def put_optimized(self, known: dict[str, State]) -> None:
        """Put back what the optimiser knew."""

    @abstractmethod
    def write(
        self, path: Path, tensors: dict[str, State], metadata: dict[str, str] | None = None
    ) -> None:
        """Write a safetensors file, in full or not at all."""

    @abstractmethod
    def read(self, path: Path) -> tuple[dict[str, State], dict[str, str]]:
        """The tensors of a safetensors file, and its metadata."""

    @property
    def parameters(self) -> int:
        return sum(math.prod(cast("Any", value).shape) for value in self.trainable().values())

    def step(self, indices: Sequence[int], step: int, rate: float) -> Told:
        """One optimiser step on the rows at ``indices``, of which every rank has a share."""
        batch = self.trained.batch(self.ranks.share(indices), self._weight(indices))
        loss, drift, right, losses = self.descend(batch, step, rate)
        told = Told(
            loss=cast("Any", loss).item(),
            drift=cast("Any", drift).item() if self.rehearsal else None,
            exact=self.trained.by_row(batch, right, np.logical_and),
            worst=self.trained.by_row(batch, losses, np.maximum),
        )
        weights = (batch.weight, self.drilled(step)[1])
        return joined(self.ranks, len(indices), told, *weights) if self.ranks.size > 1 else told

    def drilled(self, step: int) -> tuple[list[int], float]:
        """What this rank rehearses in a step, and its share in what all do."""
        if not self.rehearsal:
            return [], 0.0
        rehearsed = self.rehearsal.batch(step)
        # Dealt from the other end: whoever has a row less of the others has one more of these.
        rehearsed = rehearsed[::-1] if self.ranks.size > 1 else rehearsed
        return self.ranks.share(rehearsed), len(self.ranks.dealt(rehearsed)) / len(rehearsed)

    def states(self, batch: Batch[State], step: int) -> list[State]:
        """What a step reads in one pass, [n, width]: the states that predict the batch's answers.

        With rehearsal, also those of what it rehearses, and the same as the base has them.
        """
        if not self.rehearsal:
            return self.trained.features_of([batch])
        rehearsed, _ = self.drilled(step)
        both = self.trained.features_of([batch, self.trained.batch(rehearsed)])
        return [*both, self.rehearsal.known(rehearsed)]

    def _weight(self, indices: Sequence[int]) -> float:
        """The share of this rank in the answer tokens of a batch."""
        own, every = (
            sum(len(self.trained.rows[index].answer) for index in some)
            for some in (self.ranks.dealt(indices), indices)
        )
        return own / every

    def _begin_alike(self) -> None:
        """Begin from the fresh adapter that rank 0 has: other machines may draw another."""
        if self.ranks.size > 1:
            with TemporaryDirectory() as folder:
                path = Path(folder) / "start.safetensors"
                self.save_weights(path)
                self.load_weights(path)

    def save_weights(self, path: Path) -> None:
        """Write the weights."""
        self._write(path, self.trainable())

    def load_weights(self, path: Path) -> None:
        """Put back what was written."""
        with self.ranks.file(path) as there:
            self.put(self.read(there)[0])

    def save_state(self, path: Path, metadata: dict[str, str]) -> None:
        """Write weights and optimiser."""
        tensors = {WEIGHTS + name: value for name, value in self.trainable().items()}
        tensors |= {OPTIMIZER + name: value for name, value in self.optimized().items()}
        self._write(path, tensors, metadata)

    def load_state(self, path: Path) -> dict[str, str]:
        """Put back what was written; gives the metadata."""
        with self.ranks.file(path) as there:
            tensors, metadata = self.read(there)
            self.put(_under(WEIGHTS, tensors))
            self.put_optimized(_under(OPTIMIZER, tensors))
        return metadata

    def save_adapter(self, folder: Path) -> None:
        """Write the weights as an adapter."""
        if self.ranks.rank == 0:
            write_adapter(folder, self.recipe, self.save_weights)

    def _write(self, path: Path, tensors: dict[str, State], *metadata: dict[str, str]) -> None:
        if self.ranks.rank == 0:
            self.write(path, tensors, *metadata)


def joined(ranks: Ranks, rows: int, told: Told, of_answers: float, of_rehearsed: float) -> Told:
    """What all ranks were told of their shares of a step, as one would be of so many rows.

    ``of_answers`` and ``of_rehearsed``: the shares of this rank, by which means are weighed.
    """
    parts = ranks.gathered([*astuple(told), of_answers, of_rehearsed])
    exact, worst = [False] * rows, [0.0] * rows
    loss, drift = 0.0, None if told.drift is None else 0.0
    for rank, (mean, drifted, right, losses, answers, rehearsed) in enumerate(parts):
        if answers:
            loss += answers * mean
            exact[rank :: ranks.size], worst[rank :: ranks.size] = right, losses
        if rehearsed and drift is not None:
            drift += rehearsed * drifted
    return Told(loss, drift, exact, worst)


def _under(prefix: str, tensors: dict[str, State]) -> dict[str, State]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
