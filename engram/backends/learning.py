"""What every framework's learner has in common: rows, rehearsal, and files of what is learnt."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import numpy as np

from engram.backends.adapter_files import write_adapter
from engram.backends.base import Encoded, OnNote, OnRows, Tokens, ignored
from engram.backends.examples import Batch, Examples
from engram.backends.learner import Told
from engram.backends.plan import as_rows, worth_keeping
from engram.backends.rehearsal import Rehearsal
from engram.core.recipe import Recipe

State = TypeVar("State")

WEIGHTS, OPTIMIZER = "weights/", "optimizer/"


class Learning(ABC, Generic[State]):
    """A model that already wears a fresh adapter, its optimiser and its rows. See Learner."""

    def __init__(
        self,
        rows: Sequence[Encoded],
        valid: Sequence[Encoded],
        recipe: Recipe,
        folder: Path,
        on_rows: OnRows = ignored,
        rehearsed: Sequence[Tokens] = (),
        on_note: OnNote = ignored,
    ) -> None:
        self.recipe = recipe
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
        """One optimiser step on the rows at ``indices``."""
        batch = self.trained.batch(indices)
        loss, drift, right, losses = self.descend(batch, step, rate)
        return Told(
            loss=cast("Any", loss).item(),
            drift=cast("Any", drift).item() if self.rehearsal else None,
            exact=self.trained.by_row(batch, right, np.logical_and),
            worst=self.trained.by_row(batch, losses, np.maximum),
        )

    def states(self, batch: Batch[State], step: int) -> list[State]:
        """What a step reads in one pass, [n, width]: the states that predict the batch's answers.

        With rehearsal, also those of what it rehearses, and the same as the base has them.
        """
        if not self.rehearsal:
            return self.trained.features_of([batch])
        rehearsed = self.rehearsal.batch(step)
        both = self.trained.features_of([batch, self.trained.batch(rehearsed)])
        return [*both, self.rehearsal.known(rehearsed)]

    def save_weights(self, path: Path) -> None:
        """Write the weights."""
        self.write(path, self.trainable())

    def load_weights(self, path: Path) -> None:
        """Put back what was written."""
        self.put(self.read(path)[0])

    def save_state(self, path: Path, metadata: dict[str, str]) -> None:
        """Write weights and optimiser."""
        tensors = {WEIGHTS + name: value for name, value in self.trainable().items()}
        tensors |= {OPTIMIZER + name: value for name, value in self.optimized().items()}
        self.write(path, tensors, metadata)

    def load_state(self, path: Path) -> dict[str, str]:
        """Put back what was written; gives the metadata."""
        tensors, metadata = self.read(path)
        self.put(_under(WEIGHTS, tensors))
        self.put_optimized(_under(OPTIMIZER, tensors))
        return metadata

    def save_adapter(self, folder: Path) -> None:
        """Write the weights as an adapter."""
        write_adapter(folder, self.recipe, self.save_weights)


def _under(prefix: str, tensors: dict[str, State]) -> dict[str, State]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
