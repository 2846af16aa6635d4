"""Rows of a training run as MLX has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mlx.core as mx
import numpy as np
import numpy.typing as npt

from engram.backends.base import Tokens
from engram.backends.caches import Prefix
from engram.backends.examples import Batch, Examples
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.form import MlxForm
from engram.backends.mlx.forward import (
    after,
    embedded,
    padded,
    read,
    read_together,
    run_prefix,
    through,
)
from engram.backends.mlx.loss import token_losses
from engram.backends.plan import after_prefix


class MlxExamples(Examples[mx.array]):
    """See engram.backends.examples.Examples."""

    anatomy: Anatomy

    def below(self, tokens: Tokens) -> Prefix[mx.array]:
        """The shared prefix after the frozen blocks."""
        prefix = run_prefix(self.lower, embedded(self.anatomy, tokens))
        mx.eval(prefix.hidden)
        return prefix

    def form(self) -> MlxForm:
        """How states are kept."""
        return MlxForm(self.prefix.hidden.dtype)

    def computed(self, indices: Sequence[int]) -> mx.array:
        """[rows, longest, width] after the frozen blocks."""
        tokens = padded([after_prefix(self.rows[index], self.shared) for index in indices])
        hidden = through(self.lower, self.anatomy.embed(tokens), after(self.prefix))
        return mx.stop_gradient(hidden)

    def beginning(self) -> Prefix[mx.array]:
        """The shared prefix after the adapted blocks."""
        return run_prefix(self.upper, self.prefix.hidden)

    def features(self, batch: Batch[mx.array], beginning: Prefix[mx.array]) -> mx.array:
        """[n, width] states that predict the answers."""
        return batch.read(read(self.upper, batch.span, after(beginning)))

    def features_of(self, batches: Sequence[Batch[mx.array]]) -> list[mx.array]:
        """``features`` of several batches, with gradients."""
        spans = [batch.span for batch in batches]
        states = read_together(self.upper, self.prefix.hidden, spans)
        return [batch.read(some) for batch, some in zip(batches, states)]

    def losses(
        self,
        batch: Batch[mx.array],
        beginning: Prefix[mx.array],
        temperature: float | None = None,
    ) -> mx.array:
        """[n] losses of the targets in nats."""
        logits = self.anatomy.logits(self.features(batch, beginning))
        if temperature is not None:
            logits = logits.astype(mx.float32)
            # The largest is taken off first: a division by little would leave the others no digits.
            logits = (logits - logits.max(axis=-1, keepdims=True)) / temperature
        return token_losses(logits, batch.targets)

    def integers(self, values: list[int]) -> mx.array:
        """Whole numbers as an array."""
        return mx.array(values)

    def numbers(self, values: mx.array) -> npt.NDArray[Any]:
        """What an array holds."""
        return np.array(values)
