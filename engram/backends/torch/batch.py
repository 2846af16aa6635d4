"""Rows as tensors for training: kept activations, shared prefix, and where the answers are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from engram.backends.base import Encoded, OnNote, OnRows, ignored
from engram.backends.plan import after_prefix, common_prefix, positions
from engram.backends.states import States
from engram.backends.torch.anatomy import Anatomy
from engram.backends.torch.form import TorchForm
from engram.backends.torch.forward import (
    Prefix,
    after,
    embedded,
    padded,
    read,
    run_prefix,
    through,
)
from engram.backends.torch.loss import token_losses

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch at the door of the lowest adapted block.

    ``hidden``: [rows, length, width]. The others: see Positions.
    """

    hidden: torch.Tensor
    first: int
    most: int
    places: torch.Tensor
    targets: torch.Tensor
    starts: npt.NDArray[np.int64]

    def by_row(self, values: torch.Tensor, joined: np.ufunc) -> list[Any]:
        """One value a row: ``joined`` over those of its answer tokens, of [n] values."""
        found = joined.reduceat(values.detach().cpu().numpy(), self.starts)
        return cast("list[Any]", found.tolist())


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
        with torch.no_grad():
            start = embedded(anatomy, rows[0].prompt[: self.shared])
            self.prefix: Prefix = run_prefix(anatomy, self.lower, start)
        self.states = States(
            [len(row) - 1 - self.shared for row in rows],
            self.prefix.hidden.shape[-1],
            TorchForm(self.prefix.hidden.dtype, anatomy.device),
            self._computed,
            folder,
            on_rows,
            on_note,
        )

    def batch(self, indices: Sequence[int]) -> Batch:
        """The rows at these indices, padded on the right to the longest of them."""
        found = positions([self.rows[index] for index in indices], self.shared)
        return Batch(
            hidden=self.states.of(indices),
            first=found.first,
            most=found.most,
            places=self.anatomy.tokens(found.places),
            targets=self.anatomy.tokens(found.targets),
            starts=np.array(found.starts),
        )

    def beginning(self) -> Prefix:
        """The shared prefix after the adapted blocks, as they are now."""
        return run_prefix(self.anatomy, self.upper, self.prefix.hidden)

    def features(self, batch: Batch, prefix: Prefix | None = None) -> torch.Tensor:
        """[n, width] states that predict the answers; gradients reach the adapted blocks.

        ``prefix`` is what ``beginning`` gave, where several batches of one step share it.
        """
        caches = after(prefix or self.beginning())
        hidden = read(self.anatomy, self.upper, batch.hidden, caches, batch.first, batch.most)
        return hidden.reshape(-1, hidden.shape[-1])[batch.places]

    def predicted(
        self, batch: Batch, prefix: Prefix | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """[n, vocabulary] logits, and [n] losses of the targets in nats."""
        logits = self.anatomy.logits(self.features(batch, prefix))
        return logits, token_losses(logits, batch.targets)

    @torch.no_grad()
    def worst(self, indices: Sequence[int]) -> list[float]:
        """Of each of these rows, the largest loss of an answer token, in nats."""
        batch = self.batch(indices)
        _, losses = self.predicted(batch)
        return batch.by_row(losses, np.maximum)

    @torch.no_grad()
    def loss(self, indices: Sequence[int]) -> tuple[float, int]:
        """The sum of the losses of the answer tokens of these rows, and their number."""
        batch = self.batch(indices)
        _, losses = self.predicted(batch)
        return float(losses.sum()), len(batch.targets)

    @torch.no_grad()
    def _computed(self, indices: Sequence[int]) -> torch.Tensor:
        rows = [after_prefix(self.rows[index], self.shared) for index in indices]
        hidden = self.anatomy.embed(padded(self.anatomy, rows))
        return through(self.anatomy, self.lower, hidden, after(self.prefix))
