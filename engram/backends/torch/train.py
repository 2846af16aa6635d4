"""What is learnt in one training run: the loss of a step, its gradient, and the optimiser."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import cast

import torch

from engram.backends.base import Encoded, OnNote, OnRows, ignored
from engram.backends.examples import Batch
from engram.backends.learning import Learning
from engram.backends.plan import CLIP
from engram.backends.torch.anatomy import Anatomy
from engram.backends.torch.examples import TorchExamples
from engram.backends.torch.loss import divergences, token_losses
from engram.backends.torch.tensors import (
    Tensors,
    copied,
    fill,
    read_tensors,
    save_tensors,
    trainable,
)

# What AdamW knows of each parameter.
KNOWN = ("step", "exp_avg", "exp_avg_sq")


class TorchLearner(Learning[torch.Tensor]):
    """See engram.backends.learning.Learning."""

    anatomy: Anatomy

    @cached_property
    def parts(self) -> dict[str, torch.nn.Parameter]:
        """The parameters that training changes, by their names."""
        return trainable(self.anatomy.model)

    def examples(
        self,
        rows: Sequence[Encoded],
        on_rows: OnRows,
        folder: Path | None = None,
        on_note: OnNote = ignored,
    ) -> TorchExamples:
        """Rows below the adapter."""
        return TorchExamples(self.anatomy, rows, self.recipe.layers, on_rows, folder, on_note)

    def restart(self) -> None:
        """A fresh optimiser."""
        self.optimizer = torch.optim.AdamW(
            self.parts.values(),
            lr=self.recipe.learning_rate,
            weight_decay=self.recipe.weight_decay,
        )

    def descend(
        self, batch: Batch[torch.Tensor], step: int, rate: float
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """One optimiser step."""
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.zero_grad()
        both, told = self.loss(batch, step)
        both.backward()  # type: ignore[no-untyped-call]
        if self.ranks.size > 1:
            parts = list(self.parts.values())
            gradients = self.ranks.summed([cast("torch.Tensor", part.grad) for part in parts])
            for part, gradient in zip(parts, gradients, strict=True):
                part.grad = gradient
        torch.nn.utils.clip_grad_norm_(self.parts.values(), CLIP)
        self.optimizer.step()
        return told

    def loss(
        self, batch: Batch[torch.Tensor], step: int
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]]:
        """What is made small: the mean loss over answer tokens, and the weighted drift.

        Then what ``descend`` gives.
        """
        states = self.states(batch, step)
        # The head is so large that reading it once and not thrice is worth it.
        everything = self.anatomy.logits(torch.cat(states))
        sizes = [len(some) for some in states]
        logits, *drilled = everything.split(sizes)  # type: ignore[no-untyped-call]
        losses = token_losses(logits, batch.targets)
        mean = losses.mean()
        right = logits.argmax(dim=-1) == batch.targets
        drift = divergences(*drilled).mean() if drilled else torch.zeros(())
        weight = self.recipe.rehearsal_weight * self.drilled(step)[1]
        both = batch.weight * mean + weight * drift if drilled else batch.weight * mean
        return both, (mean, drift, right, losses)

    def trainable(self) -> Tensors:
        """The parameters that training changes."""
        return dict(self.parts)

    def weights(self) -> Tensors:
        """A copy of the weights that training changes."""
        return copied(self.parts)

    def put(self, weights: Tensors) -> None:
        """Put weights in place of those that the model has."""
        fill(self.parts, weights)

    def optimized(self) -> Tensors:
        """What the optimiser knows of earlier steps."""
        found: Tensors = {}
        for name, value in self.parts.items():
            known = self.optimizer.state.get(value, {})
            found |= {f"{name}/{what}": known[what] for what in KNOWN if known}
        return found

    def put_optimized(self, known: Tensors) -> None:
        """Put back what the optimiser knew."""
        self.restart()
        for name, value in self.parts.items():
            found = {what: known.get(f"{name}/{what}") for what in KNOWN}
            self.optimizer.state[value] = {
                # The count of steps stays where AdamW has it, on the CPU.
                what: one if what == "step" else one.to(value.device)
                for what, one in found.items()
                if one is not None
            }

    def write(self, path: Path, tensors: Tensors, metadata: dict[str, str] | None = None) -> None:
        """Write a safetensors file."""
        save_tensors(path, tensors, metadata)

    def read(self, path: Path) -> tuple[Tensors, dict[str, str]]:
        """Tensors and metadata of a safetensors file."""
        return read_tensors(path)
