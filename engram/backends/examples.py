"""Rows as tensors for training: kept activations, shared prefix, and where the answers are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import numpy as np
import numpy.typing as npt

from engram.backends.base import Encoded, OnNote, OnRows, Tokens, ignored
from engram.backends.caches import Prefix, Span
from engram.backends.kept import Form
from engram.backends.plan import FORWARD_ROWS, by_length, common_prefix, positions
from engram.backends.states import States

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Batch(Generic[State]):
    """A batch at the door of the lowest adapted block.

    ``span``: the rows, and the positions in which answers are predicted. ``weight``: the share of
    this batch in the answer tokens of all ranks' batches of a step. The others: see Positions.
    """

    span: Span[State]
    places: State
    targets: State
    starts: npt.NDArray[np.int64]
    weight: float = 1.0

    def read(self, states: Any) -> State:
        """Of the states of the span, [rows, count, width], those that predict: [n, width]."""
        return cast("State", states.reshape(-1, states.shape[-1])[self.places])


class Examples(ABC, Generic[State]):
    """All rows of a training run, with the frozen lower part of the model already computed.

    Nothing below the lowest of the ``adapted`` blocks changes while an adapter is trained, so its
    output is computed once and kept: in memory up to a bound, then in a file in ``folder``. Without
    a folder, or without room in it, it is computed at each use, which ``on_note`` hears of.
    ``anatomy``: the framework's, of the model.
    """

    anatomy: Any

    def __init__(
        self,
        anatomy: Any,
        rows: Sequence[Encoded],
        adapted: int,
        on_rows: OnRows = ignored,
        folder: Path | None = None,
        on_note: OnNote = ignored,
    ) -> None:
        self.anatomy, self.rows, self.adapted = anatomy, rows, adapted
        blocks = anatomy.blocks
        self.lower, self.upper = blocks[: len(blocks) - adapted], blocks[len(blocks) - adapted :]
        self.places = {row: index for index, row in enumerate(rows)}
        self.shared = common_prefix([row.prompt for row in rows])
        self.prefix = self.below(rows[0].prompt[: self.shared])
        lengths = [len(row) - 1 - self.shared for row in rows]
        form, width = self.form(), int(cast("Any", self.prefix.hidden).shape[-1])
        self.states = States(lengths, width, form, self.computed, folder, on_rows, on_note)

    @abstractmethod
    def below(self, tokens: Tokens) -> Prefix[State]:
        """The shared prefix, which may be empty, after the frozen blocks."""

    @abstractmethod
    def form(self) -> Form[State]:
        """How the frozen blocks' states are kept."""

    @abstractmethod
    def computed(self, indices: Sequence[int]) -> State:
        """[rows, longest, width] of these rows after the frozen blocks, without the prefix."""

    @abstractmethod
    def beginning(self) -> Prefix[State]:
        """The shared prefix after the adapted blocks, as they are now. It has no gradient."""

    @abstractmethod
    def features(self, batch: Batch[State], beginning: Prefix[State]) -> State:
        """[n, width] states that predict the answers. They have no gradient."""

    @abstractmethod
    def features_of(self, batches: Sequence[Batch[State]]) -> list[State]:
        """``features`` of several batches, for less than one after the other.

        Gradients reach the adapted blocks, and through the prefix too.
        """

    @abstractmethod
    def losses(
        self, batch: Batch[State], beginning: Prefix[State], temperature: float | None = None
    ) -> State:
        """[n] losses of the targets in nats: of logits as they are, or divided, in float32."""

    @abstractmethod
    def integers(self, values: list[int]) -> State:
        """Whole numbers as a tensor where the model is."""

    @abstractmethod
    def numbers(self, values: State) -> npt.NDArray[Any]:
        """What a tensor holds."""

    def batch(self, indices: Sequence[int], weight: float = 1.0) -> Batch[State]:
        """The rows at these indices, padded on the right to the longest of them."""
        found = positions([self.rows[index] for index in indices], self.shared)
        return Batch(
            span=Span(self.states.of(indices), found.first, found.most),
            places=self.integers(found.places),
            targets=self.integers(found.targets),
            starts=np.array(found.starts),
            weight=weight,
        )

    def by_row(self, batch: Batch[State], values: State, joined: np.ufunc) -> list[Any]:
        """One value a row: ``joined`` over those of its answer tokens, of [n] values."""
        return cast("list[Any]", joined.reduceat(self.numbers(values), batch.starts).tolist())

    def worst(self, batches: Sequence[Sequence[int]]) -> Iterator[list[float]]:
        """Of the rows of each batch, the largest loss of an answer token, in nats."""
        beginning = self.beginning()
        for indices in batches:
            batch = self.batch(indices)
            yield self.by_row(batch, self.losses(batch, beginning), np.maximum)

    def loss(self, batches: Sequence[Sequence[int]]) -> list[tuple[float, int]]:
        """Of each batch, the sum of the losses of its answer tokens in nats, and their number."""
        beginning, found = self.beginning(), []
        for indices in batches:
            losses = cast("Any", self.losses(self.batch(indices), beginning))
            found.append((losses.sum().item(), len(losses)))
        return found

    def log_likelihood(self, temperature: float, on_rows: OnRows) -> list[float]:
        """The log-probability in nats of each row's answer, sampled at a temperature.

        One pass over prompts and answers; nothing is drawn. It is the sum of
        log softmax(logits / temperature) over the answer's tokens, in float32.
        """
        beginning, found = self.beginning(), [0.0] * len(self.rows)
        for indices in by_length([len(row) for row in self.rows], FORWARD_ROWS):
            batch = self.batch(indices)
            losses = self.losses(batch, beginning, temperature)
            for index, loss in zip(indices, self.by_row(batch, losses, np.add)):
                found[index] = min(0.0, -loss)  # rounding can make a sure token surer than sure
            on_rows(len(indices))
        return found
