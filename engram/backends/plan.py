"""How rows become batches: pure planning, shared by every backend."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from engram.backends.base import Encoded, Tokens
from engram.core.recipe import Recipe


def common_prefix(prompts: Sequence[Tokens]) -> int:
    """The number of leading tokens that all prompts share, short of the last token of any.

    The last prompt token stays out because its output is what predicts the first answer token.
    """
    if not prompts:
        return 0
    first, last = min(prompts), max(prompts)
    limit = min(len(prompt) for prompt in prompts) - 1
    for index, (a, b) in enumerate(zip(first, last)):
        if a != b or index >= limit:
            return min(index, limit)
    return limit


def by_length(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Row indices in batches of at most ``size``, longest first, so that little is padded."""
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    return [order[start : start + size] for start in range(0, len(order), size)]


def rank(seed: int, *parts: object) -> bytes:
    """A digest to sort by: shuffles the same way on every machine, unlike a random generator."""
    return hashlib.sha256(repr((seed, *parts)).encode()).digest()


def epoch_batches(rows: Sequence[Encoded], size: int, seed: int, epoch: int) -> list[list[int]]:
    """The batches of one epoch: every row once, rows of like length together, in shuffled order.

    Rows of equal length meet other neighbours in every epoch. The last, smaller batch is trained.
    """
    order = sorted(range(len(rows)), key=lambda i: (len(rows[i]), rank(seed, "row", epoch, i)))
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    return sorted(batches, key=lambda batch: rank(seed, "batch", epoch, batch[0]))


@dataclass(frozen=True, slots=True)
class Schedule:
    """The length of a training run and its learning rate at every step.

    Linear warm-up over ``recipe.warmup`` steps, then constant, or a half cosine down to a tenth of
    the peak (Loshchilov & Hutter, 2017, "SGDR", without restarts).
    """

    recipe: Recipe
    steps_per_epoch: int

    @property
    def steps(self) -> int:
        """Optimiser steps in all."""
        return self.recipe.iters or (self.recipe.epochs or 1) * self.steps_per_epoch

    @property
    def epochs(self) -> int:
        """Passes over the rows, the last one perhaps cut short by ``iters``."""
        return math.ceil(self.steps / self.steps_per_epoch)

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        peak, warmup = self.recipe.learning_rate, self.recipe.warmup
        if step < warmup:
            return peak * (step + 1) / warmup
        if self.recipe.schedule == "constant":
            return peak
        done = (step - warmup) / max(1, self.steps - warmup)
        return peak * (0.1 + 0.45 * (1 + math.cos(math.pi * done)))
