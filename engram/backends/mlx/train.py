"""What is learnt in one training run: the loss of a step, its gradient, and the optimiser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.optimizers as optim
from mlx.nn.layers.base import Module
from mlx.nn.utils import value_and_grad
from mlx.utils import tree_unflatten

from engram.backends.base import Encoded, OnNote, OnRows, ignored
from engram.backends.examples import Batch
from engram.backends.learning import Learning
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.examples import MlxExamples
from engram.backends.mlx.loss import divergences, token_losses
from engram.backends.mlx.tensors import Tensors, flat, read_tensors, save_tensors, trainable
from engram.backends.plan import CLIP


class MlxLearner(Learning[mx.array]):
    """See engram.backends.learning.Learning."""

    anatomy: Anatomy

    @property
    def model(self) -> Module:
        return self.anatomy.model

    @cached_property
    def gradient(self) -> Callable[..., Any]:
        """The loss, what it tells, and its gradient: of a batch and the number of a step."""
        found: Callable[..., Any] = value_and_grad(self.model, self._loss)
        return found

    def examples(
        self,
        rows: Sequence[Encoded],
        on_rows: OnRows,
        folder: Path | None = None,
        on_note: OnNote = ignored,
    ) -> MlxExamples:
        """Rows below the adapter."""
        return MlxExamples(self.anatomy, rows, self.recipe.layers, on_rows, folder, on_note)

    def restart(self) -> None:
        """A fresh optimiser."""
        self.optimizer = optim.AdamW(
            learning_rate=self.recipe.learning_rate,
            weight_decay=self.recipe.weight_decay,
            bias_correction=True,
        )
        self.optimizer.init(self.model.trainable_parameters())

    def descend(
        self, batch: Batch[mx.array], step: int, rate: float
    ) -> tuple[mx.array, mx.array, mx.array, mx.array]:
        """One optimiser step."""
        self.optimizer.learning_rate = mx.array(rate)
        found, gradient = self.gradient(batch, step)
        told: tuple[mx.array, mx.array, mx.array, mx.array] = found[1]
        if self.ranks.size > 1:
            names, parts = zip(*flat(gradient).items())
            gradient = tree_unflatten(list(zip(names, self.ranks.summed(list(parts)))))
        gradient, _ = optim.clip_grad_norm(gradient, CLIP)
        self.optimizer.update(self.model, gradient)
        mx.eval(told, self.model.trainable_parameters(), self.optimizer.state)
        return told

    def trainable(self) -> Tensors:
        """The parameters that training changes."""
        return trainable(self.model)

    def weights(self) -> Tensors:
        """The weights that training changes; arrays never change, so nothing is copied."""
        return trainable(self.model)

    def put(self, weights: Tensors) -> None:
        """Put weights in place of those that the model has."""
        self.model.load_weights(list(weights.items()), strict=False)

    def optimized(self) -> Tensors:
        """What the optimiser knows of earlier steps."""
        return flat(self.optimizer.state)

    def put_optimized(self, known: Tensors) -> None:
        """Put back what the optimiser knew."""
        self.optimizer.state = tree_unflatten(list(known.items()))
        mx.eval(self.model.trainable_parameters(), self.optimizer.state)

    def write(self, path: Path, tensors: Tensors, metadata: dict[str, str] | None = None) -> None:
        """Write a safetensors file."""
        save_tensors(path, tensors, metadata)

    def read(self, path: Path) -> tuple[Tensors, dict[str, str]]:
        """Tensors and metadata of a safetensors file."""
        return read_tensors(path)

    def _loss(
        self, batch: Batch[mx.array], step: int
    ) -> tuple[mx.array, tuple[mx.array, mx.array, mx.array, mx.array]]:
        """What is made small: the mean loss over answer tokens, and the weighted drift.

        Then what ``descend`` gives.
        """
        states = self.states(batch, step)
        # The head is so large that reading it once and not thrice is worth it.
        everything = self.anatomy.logits(mx.concatenate(states))
        *ends, _ = accumulate(len(some) for some in states)
        logits, *drilled = mx.split(everything, ends)
        losses = token_losses(logits, batch.targets)
        mean = losses.mean()
        right = mx.argmax(logits, axis=-1) == batch.targets
        drift = divergences(*drilled).mean() if drilled else mx.array(0.0)
        weight = self.recipe.rehearsal_weight * self.drilled(step)[1]
        both = batch.weight * mean + weight * drift
        return both, (mean, drift, right, losses)
