"""Rows as tensors for training: kept activations, shared prefix, and where the answers are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import mlx.core as mx
import numpy as np

from engram.backends.base import Encoded, OnNote, OnRows, ignored
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.form import MlxForm
from engram.backends.mlx.forward import (
    Prefix,
    Span,
    after,
    embedded,
    padded,
    read,
    read_together,
    run_prefix,
    through,
)
from engram.backends.mlx.loss import token_losses
from engram.backends.plan import after_prefix, common_prefix, positions
from engram.backends.states import States

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch at the door of the lowest adapted block.

    ``span``: the rows, and the positions in which answers are predicted. The others: see Positions.
    """

    span: Span
    places: mx.array
    targets: mx.array
    starts: npt.NDArray[np.int64]

    def read(self, states: mx.array) -> mx.array:
        """Of the states of the span, [rows, count, width], those that predict: [n, width]."""
        return states.reshape(-1, states.shape[-1])[self.places]

    def by_row(self, values: mx.array, joined: np.ufunc) -> list[Any]:
        """One value a row: ``joined`` over those of its answer tokens, of [n] values."""
        return cast("list[Any]", joined.reduceat(np.array(values), self.starts).tolist())


class Examples:
    """All rows of a training run, with the frozen lower part of the model already computed.

    Nothing below the lowest adapted block changes while an adapter is trained, so its output is
    computed once and kept: in memory up to a bound, then in a file in ``folder``. Without a folder,
    or without room in it, it is computed at each use, which ``on_note`` hears of.
    """

    def __init__(
        self,
        anatomy: Anatomy,
        rows: Sequence[Encoded],
        adapted: int,
        on_rows: OnRows = ignored,
        folder: Path | None = None,
        on_note: OnNote = ignored,
    ) -> None:
        self.anatomy = anatomy
        self.rows = rows
        self.adapted = adapted
        self.places = {row: index for index, row in enumerate(rows)}
        self.shared = common_prefix([row.prompt for row in rows])
        blocks = anatomy.blocks
        self.lower, self.upper = blocks[: len(blocks) - adapted], blocks[len(blocks) - adapted :]
        start = embedded(anatomy, rows[0].prompt[: self.shared])
        self.prefix: Prefix = run_prefix(self.lower, start)
        mx.eval(self.prefix.hidden)
        self.states = States(
            [len(row) - 1 - self.shared for row in rows],
            int(self.prefix.hidden.shape[-1]),
            MlxForm(self.prefix.hidden.dtype),
            self._computed,
            folder,
            on_rows,
            on_note,
        )

    def batch(self, indices: Sequence[int]) -> Batch:
        """The rows at these indices, padded on the right to the longest of them."""
        found = positions([self.rows[index] for index in indices], self.shared)
        return Batch(
            span=Span(self.states.of(indices), found.first, found.most),
            places=mx.array(found.places),
            targets=mx.array(found.targets),
            starts=np.array(found.starts),
        )

    def beginning(self) -> Prefix:
        """The shared prefix after the adapted blocks, as they are now."""
        return run_prefix(self.upper, self.prefix.hidden)

    def features(self, batch: Batch, prefix: Prefix | None = None) -> mx.array:
        """[n, width] states that predict the answers; gradients reach the adapted blocks.

        ``prefix`` is what ``beginning`` gave, where several batches share it.
        """
        return batch.read(read(self.upper, batch.span, after(prefix or self.beginning())))

    def features_of(self, batches: Sequence[Batch]) -> list[mx.array]:
        """``features`` of several batches, for less than one after the other."""
        spans = [batch.span for batch in batches]
        states = read_together(self.upper, self.prefix.hidden, spans)
        return [batch.read(some) for batch, some in zip(batches, states)]

    def worst(self, indices: Sequence[int]) -> list[float]:
        """Of each of these rows, the largest loss of an answer token, in nats."""
        batch = self.batch(indices)
        return batch.by_row(self._losses(batch), np.maximum)

    def loss(self, indices: Sequence[int]) -> tuple[float, int]:
        """The sum of the losses of the answer tokens of these rows, and their number."""
        batch = self.batch(indices)
        return cast("float", self._losses(batch).sum().item()), len(batch.targets)

    def _losses(self, batch: Batch) -> mx.array:
        """[n] losses of the targets, in nats."""
        return token_losses(self.anatomy.logits(self.features(batch)), batch.targets)

    def _computed(self, indices: Sequence[int]) -> mx.array:
        tokens = padded([after_prefix(self.rows[index], self.shared) for index in indices])
        hidden = through(self.lower, self.anatomy.embed(tokens), after(self.prefix))
        return mx.stop_gradient(hidden)
