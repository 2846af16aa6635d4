"""Rows as tensors for training: kept activations, shared prefix, and where the answers are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import mlx.core as mx

from engram.backends.base import Encoded, OnRows, ignored
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.forward import Prefix, after, at, embedded, padded, run_prefix, through
from engram.backends.mlx.loss import token_losses
from engram.backends.plan import by_length, common_prefix

LOWER_BATCH = 32
KEPT_BYTES = 2 * 2**30
LIKELY = 0.51


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch at the door of the lowest adapted block.

    ``hidden``: [rows, length, width]. ``positions``: [rows, n], where an answer token is predicted;
    ``targets``: [rows, n]; ``weights``: [rows, n], 1 for an answer token and 0 for padding.
    """

    hidden: mx.array
    positions: mx.array
    targets: mx.array
    weights: mx.array


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
        rows = [self.rows[index] for index in indices]
        width = max(len(row.answer) for row in rows)
        starts = [len(row.prompt) - 1 - self.shared for row in rows]
        # Positions past an answer's end point at its last token; their weight is 0.
        offsets = [[min(i, len(row.answer) - 1) for i in range(width)] for row in rows]
        return Batch(
            hidden=self._hidden(indices),
            positions=mx.array([[s + i for i in line] for s, line in zip(starts, offsets)]),
            targets=mx.array([[r.answer[i] for i in line] for r, line in zip(rows, offsets)]),
            weights=mx.array([[float(i < len(row.answer)) for i in range(width)] for row in rows]),
        )

    def beginning(self) -> Prefix:
        """The shared prefix after the adapted blocks, as they are now."""
        return run_prefix(self.upper, self.prefix.hidden)

    def features(self, batch: Batch, prefix: Prefix | None = None) -> mx.array:
        """[rows, n, width] states that predict the answers; gradients reach the adapted blocks.

        ``prefix`` is what ``beginning`` gave, where several batches of one step share it.
        """
        hidden = through(self.upper, batch.hidden, after(prefix or self.beginning()))
        return at(hidden, batch.positions)

    def predicted(self, batch: Batch, prefix: Prefix | None = None) -> tuple[mx.array, mx.array]:
        """[rows, n, vocabulary] logits; [rows, n] losses of the targets in nats, 0 for padding."""
        logits = self.anatomy.logits(self.features(batch, prefix))
        losses = token_losses(logits.reshape(-1, logits.shape[-1]), batch.targets.reshape(-1))
        return logits, losses.reshape(batch.weights.shape) * batch.weights

    def surely_right(self, indices: Sequence[int]) -> list[bool]:
        """Of which of these rows every answer token, the stop token too, is likelier than not.

        Greedy decoding says just that, whatever it is batched with: rounding does not bridge the
        distance to the next best token.
        """
        _, losses = self.predicted(self.batch(indices))
        worst = losses.max(axis=1)
        return cast("list[bool]", (worst < -math.log(LIKELY)).tolist())

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
