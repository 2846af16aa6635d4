"""The training loop: every row, with the loss on its answer and stop token alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import mlx.core as mx
import mlx.optimizers as optim
import numpy as np
from mlx.nn.utils import value_and_grad

from engram.backends.base import (
    Encoded,
    Lowered,
    OnEpoch,
    OnLowered,
    OnNote,
    OnRows,
    OnStep,
    Tokens,
    ignored,
)
from engram.backends.mlx import adapter, checkpoint
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.batch import Batch, Examples
from engram.backends.mlx.judge import Judge
from engram.backends.mlx.rehearsal import Rehearsal, as_rows
from engram.backends.mlx.tensors import trainable
from engram.backends.plan import Schedule, epoch_batches
from engram.backends.progress import LOWERED, Progress
from engram.backends.review import Review
from engram.core.recipe import Recipe
from engram.core.results import Training

CHECKPOINT_STEPS = 50
CLIP = 1.0


class Trainer:
    """One training run on a model that already wears a fresh adapter."""

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
        self.model, self.recipe, self.folder = anatomy.model, recipe, folder
        self.rows = rows
        # The pass through the frozen layers below is part of training, and of its time.
        self.created = time.perf_counter()
        everything = [*rows, *as_rows(rehearsed)]
        self.schedule = Schedule(recipe, len(rows))
        # What is hardly used once is not worth a file.
        kept = folder if self.schedule.visits > len(rows) else None
        self.examples = Examples(anatomy, everything, recipe.layers, on_rows, kept, on_note)
        self.rehearsal = Rehearsal(self.examples, len(rows), recipe) if rehearsed else None
        self.valid = Examples(anatomy, valid, recipe.layers, on_rows) if valid else None
        self.judge = Judge(self.model, self.examples, self.valid, rows, recipe, folder)
        self.optimizer = self._fresh_optimizer()
        self.gradient = value_and_grad(self.model, self._loss)

    def run(
        self, on_step: OnStep, on_epoch: OnEpoch = ignored, on_lowered: OnLowered = ignored
    ) -> Training:
        """Train to the end, from the last checkpoint if there is one, and write the adapter."""
        progress = checkpoint.load_state(self.folder, self.model, self.optimizer)
        if progress is None:
            progress = Progress(Review.fresh(self.recipe, len(self.rows)))
        self.started = self.created - progress.seconds
        while not progress.stopped and not self._over(progress):
            self._epoch(progress, on_step, on_lowered)
            if not progress.stopped and self.judge.end_epoch(progress, on_epoch):
                self._fall(progress, on_lowered)
            self._save(progress)
        return self._finish(progress)

    def _epoch(self, progress: Progress, on_step: OnStep, on_lowered: OnLowered) -> None:
        """What is left of the epoch under way."""
        batches = self._batches(progress)
        for indices in batches[progress.batches :]:
            self._step(indices, progress)
            progress.batches += 1
            progress.passed = progress.epoch + progress.batches / len(batches)
            progress.seconds = time.perf_counter() - self.started
            on_step(progress.told(self.schedule, len(indices)))
            if self.judge.diverges(progress):
                self._fall(progress, on_lowered)
            if progress.stopped or progress.step == self.recipe.iters:
                break
            ended = progress.batches == len(batches)  # saved once it is judged
            if progress.step % CHECKPOINT_STEPS == 0 and not ended:
                self._save(progress)

    def _fall(self, progress: Progress, on_lowered: OnLowered) -> None:
        """Training diverged: go back and on at a lower rate; the second time, stop.

        Steps and epochs are counted on, so that it takes no longer than was asked for.
        """
        over = self.schedule.done(progress.step, progress.passed) >= 1
        if progress.lowered_at is not None or over:
            progress.stopped = "diverged"
            return
        self.judge.go_back(progress)
        self.optimizer = self._fresh_optimizer()
        progress.lower()
        epoch = progress.best.epoch if progress.best else 0
        on_lowered(Lowered(progress.step, epoch, LOWERED * self.recipe.learning_rate))
        # At once: a later best epoch must not be what an earlier checkpoint falls back to.
        self._save(progress)

    def _fresh_optimizer(self) -> optim.Optimizer:
        found = optim.AdamW(
            learning_rate=self.recipe.learning_rate,
            weight_decay=self.recipe.weight_decay,
            bias_correction=True,
        )
        found.init(self.model.trainable_parameters())
        return found

    def _over(self, progress: Progress) -> bool:
        iters = self.recipe.iters
        return progress.step == iters if iters else progress.epoch == self.schedule.epochs

    def _batches(self, progress: Progress) -> list[list[int]]:
        """The batches of the epoch under way, of the rows that were due when it began."""
        recipe = self.recipe
        if progress.batches == 0:
            progress.due = progress.review.due_in(progress.epoch)
            progress.passed = progress.epoch
        size, seed = recipe.batch_size, recipe.seed
        return epoch_batches(self.rows, progress.due, size, seed, progress.epoch)

    def _loss(
        self, batch: Batch, step: int
    ) -> tuple[mx.array, tuple[mx.array, mx.array, mx.array, mx.array]]:
        """What is made small: the mean loss over answer tokens, and the weighted drift.

        Then the two by themselves; and of each answer token, whether it was the likeliest, and its
        loss: the last two are [n].
        """
        prefix = self.examples.beginning()
        logits, losses = self.examples.predicted(batch, prefix)
        mean = losses.mean()
        right = mx.argmax(logits, axis=-1) == batch.targets
        drift = mx.array(0.0)
        if self.rehearsal:
            drift = self.rehearsal.drift(self.rehearsal.batch(step), prefix)
        both = mean + self.recipe.rehearsal_weight * drift
        return both, (mean, drift, right, losses)

    def _step(self, indices: Sequence[int], progress: Progress) -> None:
        """One optimiser step, whose loss, in nats a token, is that before it."""
        batch = self.examples.batch(indices)
        rate = progress.rate(self.schedule)
        self.optimizer.learning_rate = mx.array(rate)
        (_, told), gradient = self.gradient(batch, progress.step)
        gradient, _ = optim.clip_grad_norm(gradient, CLIP)
        self.optimizer.update(self.model, gradient)
        mx.eval(told, self.model.trainable_parameters(), self.optimizer.state)
        loss, drift, right, losses = told
        exact, worst = batch.by_row(right, np.logical_and), batch.by_row(losses, np.maximum)
        value = cast("float", loss.item())
        count = sum(len(self.rows[index].answer) for index in indices)
        progress.step += 1
        progress.tokens += sum(len(self.rows[index]) for index in indices)
        progress.epoch_loss += value * count
        progress.epoch_tokens += count
        for row, known, most in zip(indices, exact, worst):
            progress.review.saw(progress.epoch, row, right=known, worst=most)
        drifted = cast("float", drift.item()) if self.rehearsal else None
        progress.losses.append((progress.step, progress.passed, value, rate, drifted))

    def _save(self, progress: Progress) -> None:
        progress.seconds = time.perf_counter() - self.started
        checkpoint.save_state(self.folder, self.model, self.optimizer, progress)

    def _finish(self, progress: Progress) -> Training:
        """Write the adapter of the best epoch, if one beats the base, and say how it went."""
        if progress.stopped == "diverged":
            self.judge.go_back(progress)
        else:
            checkpoint.load_best(self.folder, self.model)
        if progress.best:
            weights = trainable(self.model)
            adapter.save(self.folder / "adapter", weights, self.recipe)
        parameters = sum(value.size for value in trainable(self.model).values())
        return progress.outcome(len(self.rows), parameters)
