"""Rows as tensors for training: kept activations, shared prefix, and where the answers are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import mlx.core as mx
import numpy as np

from engram.backends.base import Encoded, OnRows, ignored
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.forward import Prefix, after, embedded, padded, run_prefix, through
from engram.backends.mlx.loss import token_losses
from engram.backends.plan import by_length, common_prefix

if TYPE_CHECKING:
    import numpy.typing as npt

LOWER_BATCH = 32
KEPT_BYTES = 2 * 2**30
LIKELY = 0.51


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch at the door of the lowest adapted block.

    ``hidden``: [rows, length, width]. ``places``: [n], where in ``hidden``, all rows in one, the n
    answer tokens of all rows are predicted; ``targets``: [n], those tokens; ``starts``: [rows],
    which of the n is the first of each row.
    """

    hidden: mx.array
    places: mx.array
    targets: mx.array
    starts: npt.NDArray[np.int64]

    def by_row(self, values: mx.array, joined: np.ufunc) -> list[Any]:
        """One value a row: ``joined`` over those of its answer tokens, of [n] values."""
        return cast("list[Any]", joined.reduceat(np.array(values), self.starts).tolist())


class Examples:
    """All rows of a training run, with the frozen lower part of the model already computed.

    Nothing below the lowest adapted block changes while an adapter is trained, so its output is
    computed once and kept, as long as it fits in 2 GiB; beyond that it is computed at each use.
    """

    def __init__(
        self,
        anatomy: Anatomy,
        rows: Sequence[Encoded],
        adapted: int,
        on_rows: OnRows = ignored,
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
        self.kept: dict[int, mx.array] = {}
        if self._size() <= KEPT_BYTES:
            self._keep_all(on_rows)
        else:
            on_rows(len(rows))

    def batch(self, indices: Sequence[int]) -> Batch:
        """The rows at these indices, padded on the right to the longest of them."""
        hidden = self._hidden(indices)
        rows = [self.rows[index] for index in indices]
        first = [
            line * hidden.shape[1] + len(r.prompt) - 1 - self.shared for line, r in enumerate(rows)
        ]
        return Batch(
            hidden=hidden,
            places=mx.array(
                [at + i for at, row in zip(first, rows) for i in range(len(row.answer))]
            ),
            targets=mx.array([token for row in rows for token in row.answer]),
            starts=np.cumsum([0, *(len(row.answer) for row in rows)])[:-1],
        )

    def beginning(self) -> Prefix:
        """The shared prefix after the adapted blocks, as they are now."""
        return run_prefix(self.upper, self.prefix.hidden)

    def features(self, batch: Batch, prefix: Prefix | None = None) -> mx.array:
        """[n, width] states that predict the answers; gradients reach the adapted blocks.

        ``prefix`` is what ``beginning`` gave, where several batches of one step share it.
        """
        hidden = through(self.upper, batch.hidden, after(prefix or self.beginning()))
        return hidden.reshape(-1, hidden.shape[-1])[batch.places]

    def predicted(self, batch: Batch, prefix: Prefix | None = None) -> tuple[mx.array, mx.array]:
        """[n, vocabulary] logits, and [n] losses of the targets in nats."""
        logits = self.anatomy.logits(self.features(batch, prefix))
        return logits, token_losses(logits, batch.targets)

    def surely_right(self, indices: Sequence[int]) -> list[bool]:
        """Of which of these rows every answer token, the stop token too, is likelier than not.

        Greedy decoding says just that, whatever it is batched with: rounding does not bridge the
        distance to the next best token.
        """
        batch = self.batch(indices)
        _, losses = self.predicted(batch)
        return [worst < -math.log(LIKELY) for worst in batch.by_row(losses, np.maximum)]

    def _inputs(self, index: int) -> tuple[int, ...]:
        row = self.rows[index]
        return (*row.prompt[self.shared :], *row.answer[:-1])

    def _size(self) -> int:
        tokens = sum(len(row) - 1 - self.shared for row in self.rows)
        return tokens * int(self.prefix.hidden.shape[-1]) * self.prefix.hidden.dtype.size

    def _keep_all(self, on_rows: OnRows) -> None:
        lengths = [len(row) for row in self.rows]
        for indices in by_length(lengths, LOWER_BATCH):
            hidden = self._computed(indices)
            mx.eval(hidden)
            for line, index in enumerate(indices):
                self.kept[index] = mx.contiguous(hidden[line, : len(self._inputs(index))])
            mx.eval([self.kept[index] for index in indices])
            on_rows(len(indices))

    def _computed(self, indices: Sequence[int]) -> mx.array:
        tokens = padded([self._inputs(index) for index in indices])
        hidden = through(self.lower, self.anatomy.embed(tokens), after(self.prefix))
        return mx.stop_gradient(hidden)

    def _hidden(self, indices: Sequence[int]) -> mx.array:
        if not self.kept:
            return self._computed(indices)
        states = [self.kept[index] for index in indices]
        longest = max(state.shape[0] for state in states)
        return mx.stack([mx.pad(s, [(0, longest - s.shape[0]), (0, 0)]) for s in states])
