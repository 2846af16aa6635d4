"""What is learnt in one training run: the loss of a step, its gradient, and the optimiser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from engram.backends.base import Encoded, OnNote, OnRows, Tokens, ignored
from engram.backends.learner import Told
from engram.backends.plan import CLIP, as_rows, worth_keeping
from engram.backends.torch import adapter
from engram.backends.torch.anatomy import Anatomy
from engram.backends.torch.batch import Batch, Examples
from engram.backends.torch.rehearsal import Rehearsal
from engram.backends.torch.tensors import (
    Tensors,
    copied,
    fill,
    read_tensors,
    save_tensors,
    trainable,
)
from engram.core.recipe import Recipe

# What AdamW knows of each parameter.
KNOWN = ("step", "exp_avg", "exp_avg_sq")


class TorchLearner:
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
        self.recipe = recipe
        self.parts = trainable(anatomy.model)
        everything = [*rows, *as_rows(rehearsed)]
        kept = folder if worth_keeping(recipe, len(rows)) else None
        self.trained = Examples(anatomy, everything, recipe.layers, on_rows, kept, on_note)
        self.rehearsal = Rehearsal(self.trained, len(rows), recipe) if rehearsed else None
        self.valid = Examples(anatomy, valid, recipe.layers, on_rows) if valid else None
        self.restart()

    @property
    def parameters(self) -> int:
        return sum(value.numel() for value in self.parts.values())

    def restart(self) -> None:
        """A fresh optimiser."""
        self.optimizer = torch.optim.AdamW(
            self.parts.values(),
            lr=self.recipe.learning_rate,
            weight_decay=self.recipe.weight_decay,
        )

    def step(self, indices: Sequence[int], step: int, rate: float) -> Told:
        """One optimiser step on the rows at ``indices``."""
        batch = self.trained.batch(indices)
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.zero_grad()
        both, loss, drift, right, losses = self.loss(batch, step)
        both.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.parts.values(), CLIP)
        self.optimizer.step()
        return Told(
            loss=loss.item(),
            drift=None if drift is None else drift.item(),
            exact=batch.by_row(right, np.logical_and),
            worst=batch.by_row(losses, np.maximum),
        )

    def loss(
        self, batch: Batch, step: int
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None, torch.Tensor, torch.Tensor]:
        """What is made small: the mean loss over answer tokens, and the weighted drift.

        Then the two by themselves; and of each answer token, whether it was the likeliest, and its
        loss: the last two are [n].
        """
        prefix = self.trained.beginning()
        logits, losses = self.trained.predicted(batch, prefix)
        mean = losses.mean()
        right = logits.argmax(dim=-1) == batch.targets
        if self.rehearsal is None:
            return mean, mean, None, right, losses
        drift = self.rehearsal.drift(self.rehearsal.batch(step), prefix)
        both = mean + self.recipe.rehearsal_weight * drift
        return both, mean, drift, right, losses

    def weights(self) -> Tensors:
        """A copy of the weights that training changes."""
        return copied(self.parts)

    def put(self, weights: Tensors) -> None:
        """Put weights in place of those that the model has."""
        fill(self.parts, weights)

    def save_weights(self, path: Path) -> None:
        """Write the weights."""
        save_tensors(path, dict(self.parts))

    def load_weights(self, path: Path) -> None:
        """Put back what was written."""
        self.put(read_tensors(path)[0])

    def save_state(self, path: Path, metadata: dict[str, str]) -> None:
        """Write weights and optimiser."""
        tensors: Tensors = {f"weights/{name}": value for name, value in self.parts.items()}
        for name, value in self.parts.items():
            known = self.optimizer.state.get(value, {})
            tensors |= {f"optimizer/{name}/{what}": known[what] for what in KNOWN if known}
        save_tensors(path, tensors, metadata)

    def load_state(self, path: Path) -> dict[str, str]:
        """Put back what was written; gives the metadata."""
        tensors, metadata = read_tensors(path)
        self.put({name: tensors[f"weights/{name}"] for name in self.parts})
        self.restart()
        for name, value in self.parts.items():
            known = {what: tensors.get(f"optimizer/{name}/{what}") for what in KNOWN}
            self.optimizer.state[value] = {
                # The count of steps stays where AdamW has it, on the CPU.
                what: one if what == "step" else one.to(value.device)
                for what, one in known.items()
                if one is not None
            }
        return metadata

    def save_adapter(self, folder: Path) -> None:
        """Write the weights as an adapter."""
        adapter.save(folder, dict(self.parts), self.recipe)
