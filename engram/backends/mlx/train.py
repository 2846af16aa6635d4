"""What is learnt in one training run: the loss of a step, its gradient, and the optimiser."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import cast

import mlx.core as mx
import mlx.optimizers as optim
import numpy as np
from mlx.nn.utils import value_and_grad
from mlx.utils import tree_unflatten

from engram.backends.base import Encoded, OnNote, OnRows, Tokens, ignored
from engram.backends.learner import Told
from engram.backends.mlx import adapter
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.batch import Batch, Examples
from engram.backends.mlx.loss import divergences, token_losses
from engram.backends.mlx.rehearsal import Rehearsal
from engram.backends.mlx.tensors import Tensors, flat, read_tensors, save_tensors, trainable
from engram.backends.plan import CLIP, as_rows, worth_keeping
from engram.core.recipe import Recipe


class MlxLearner:
    """A model that already wears a fresh adapter, its optimiser and its rows. See Learner."""

    def __init__(
        self,
        anatomy: Anatomy,
        rows: Sequence[Encoded],
        valid: Sequence[Encoded],
        recipe: Recipe,
        folder: Path,
        on_rows: OnRows = ignored,
        rehearsed: Sequence[Tokens] = (),
        on_note: OnNote = ignored,
    ) -> None:
        self.model, self.recipe = anatomy.model, recipe
        everything = [*rows, *as_rows(rehearsed)]
        kept = folder if worth_keeping(recipe, len(rows)) else None
        self.trained = Examples(anatomy, everything, recipe.layers, on_rows, kept, on_note)
        self.rehearsal = Rehearsal(self.trained, len(rows), recipe) if rehearsed else None
        self.valid = Examples(anatomy, valid, recipe.layers, on_rows) if valid else None
        self.gradient = value_and_grad(self.model, self._loss)
        self.restart()

    @property
    def parameters(self) -> int:
        return sum(value.size for value in trainable(self.model).values())

    def restart(self) -> None:
        """A fresh optimiser."""
        self.optimizer = optim.AdamW(
            learning_rate=self.recipe.learning_rate,
            weight_decay=self.recipe.weight_decay,
            bias_correction=True,
        )
        self.optimizer.init(self.model.trainable_parameters())

    def step(self, indices: Sequence[int], step: int, rate: float) -> Told:
        """One optimiser step on the rows at ``indices``."""
        batch = self.trained.batch(indices)
        self.optimizer.learning_rate = mx.array(rate)
        (_, told), gradient = self.gradient(batch, step)
        gradient, _ = optim.clip_grad_norm(gradient, CLIP)
        self.optimizer.update(self.model, gradient)
        mx.eval(told, self.model.trainable_parameters(), self.optimizer.state)
        loss, drift, right, losses = told
        return Told(
            loss=cast("float", loss.item()),
            drift=cast("float", drift.item()) if self.rehearsal else None,
            exact=batch.by_row(right, np.logical_and),
            worst=batch.by_row(losses, np.maximum),
        )

    def weights(self) -> Tensors:
        """The weights that training changes; arrays never change, so nothing is copied."""
        return trainable(self.model)

    def put(self, weights: Tensors) -> None:
        """Put weights in place of those that the model has."""
        self.model.load_weights(list(weights.items()), strict=False)

    def save_weights(self, path: Path) -> None:
        """Write the weights."""
        save_tensors(path, trainable(self.model))

    def load_weights(self, path: Path) -> None:
        """Put back what was written."""
        self.put(read_tensors(path)[0])

    def save_state(self, path: Path, metadata: dict[str, str]) -> None:
        """Write weights and optimiser."""
        tensors = {f"weights/{k}": v for k, v in trainable(self.model).items()}
        tensors |= {f"optimizer/{k}": v for k, v in flat(self.optimizer.state).items()}
        save_tensors(path, tensors, metadata)

    def load_state(self, path: Path) -> dict[str, str]:
        """Put back what was written; gives the metadata."""
        tensors, metadata = read_tensors(path)
        self.put(_under("weights/", tensors))
        self.optimizer.state = tree_unflatten(list(_under("optimizer/", tensors).items()))
        mx.eval(self.model.trainable_parameters(), self.optimizer.state)
        return metadata

    def save_adapter(self, folder: Path) -> None:
        """Write the weights as an adapter."""
        adapter.save(folder, trainable(self.model), self.recipe)

    def _loss(
        self, batch: Batch, step: int
    ) -> tuple[mx.array, tuple[mx.array, mx.array, mx.array, mx.array]]:
        """What is made small: the mean loss over answer tokens, and the weighted drift.

        Then the two by themselves; and of each answer token, whether it was the likeliest, and its
        loss: the last two are [n].
        """
        batches, base = [batch], []
        if self.rehearsal:
            rehearsed = self.rehearsal.batch(step)
            batches.append(self.trained.batch(rehearsed))
            base.append(self.rehearsal.known(rehearsed))
        states = [*self.trained.features_of(batches), *base]
        # The head is so large that reading it once and not thrice is worth it.
        everything = self.trained.anatomy.logits(mx.concatenate(states))
        *ends, _ = accumulate(len(some) for some in states)
        logits, *drilled = mx.split(everything, ends)
        losses = token_losses(logits, batch.targets)
        mean = losses.mean()
        right = mx.argmax(logits, axis=-1) == batch.targets
        drift = divergences(*drilled).mean() if drilled else mx.array(0.0)
        both = mean + self.recipe.rehearsal_weight * drift
        return both, (mean, drift, right, losses)


def _under(prefix: str, tensors: Tensors) -> Tensors:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
