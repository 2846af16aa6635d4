"""Rows as tensors for training: kept activations, shared prefix, and where the answers are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import mlx.core as mx
import numpy as np

from engram.backends.base import Encoded, OnNote, OnRows, ignored
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.forward import Prefix, after, embedded, padded, read, run_prefix, through
from engram.backends.mlx.kept import Kept, place_for
from engram.backends.mlx.loss import token_losses
from engram.backends.plan import FORWARD_ROWS, by_length, common_prefix

if TYPE_CHECKING:
    import numpy.typing as npt

LIKELY = 0.51


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch at the door of the lowest adapted block.

    ``hidden``: [rows, length, width]; answers are predicted in the ``most`` positions from
    ``first`` on. ``places``: [n], where in these, all rows in one, the n answer tokens of all rows
    are predicted; ``targets``: [n], those tokens; ``starts``: [rows], which of the n is the first
    of each row.
    """

    hidden: mx.array
    first: int
    most: int
    places: mx.array
    targets: mx.array
    starts: npt.NDArray[np.int64]

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
        self.on_note = on_note
        self.kept: Kept | None = None
        ready = 0
        try:
            for indices in self._keep_all(folder):
                ready += len(indices)
                on_rows(len(indices))
        except OSError as error:
            self._forget(error)
        on_rows(len(rows) - ready)

    def batch(self, indices: Sequence[int]) -> Batch:
        """The rows at these indices, padded on the right to the longest of them."""
        hidden = self._hidden(indices)
        rows = [self.rows[index] for index in indices]
        begins = [len(row.prompt) - 1 - self.shared for row in rows]
        first = min(begins)
        most = max(at + len(row.answer) for at, row in zip(begins, rows)) - first
        return Batch(
            hidden=hidden,
            first=first,
            most=most,
            places=mx.array(
                [
                    line * most + begin - first + i
                    for line, (begin, row) in enumerate(zip(begins, rows))
                    for i in range(len(row.answer))
                ]
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
        caches = after(prefix or self.beginning())
        hidden = read(self.upper, batch.hidden, caches, batch.first, batch.most)
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

    def close(self) -> None:
        """Let go of what is kept: whoever asks again gets it computed."""
        if self.kept:
            self.kept.close()
        self.kept = None

    def _inputs(self, index: int) -> tuple[int, ...]:
        row = self.rows[index]
        return (*row.prompt[self.shared :], *row.answer[:-1])

    def _keep_all(self, folder: Path | None) -> Iterator[list[int]]:
        """Compute all states, if there is a place for them; gives the rows that are ready."""
        lengths = [len(row) - 1 - self.shared for row in self.rows]
        states = self.prefix.hidden
        kept = place_for(lengths, int(states.shape[-1]), states.dtype, folder)
        self.kept = kept
        if kept is None:
            return
        for indices in by_length(lengths, FORWARD_ROWS):
            hidden = self._computed(indices)
            mx.eval(hidden)
            for line, index in enumerate(indices):
                kept.put(index, hidden[line, : lengths[index]])
            yield indices

    def _forget(self, error: OSError) -> None:
        """Compute from now on, for what was kept is lost."""
        self.close()
        why = error.strerror or str(error)
        self.on_note(
            f"What the frozen layers compute cannot be kept on disk ({why}): it is computed anew "
            "at every step, which takes longer."
        )

    def _computed(self, indices: Sequence[int]) -> mx.array:
        tokens = padded([self._inputs(index) for index in indices])
        hidden = through(self.lower, self.anatomy.embed(tokens), after(self.prefix))
        return mx.stop_gradient(hidden)

    def _hidden(self, indices: Sequence[int]) -> mx.array:
        states = []
        try:
            states = [self.kept.get(index) for index in indices] if self.kept else []
        except OSError as error:
            self._forget(error)
        if not states:
            return self._computed(indices)
        longest = max(state.shape[0] for state in states)
        return mx.stack([mx.pad(s, [(0, longest - s.shape[0]), (0, 0)]) for s in states])
