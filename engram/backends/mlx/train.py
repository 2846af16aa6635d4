"""The training loop: every row, with the loss on its answer and stop token alone."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

import mlx.core as mx
import mlx.optimizers as optim
import numpy as np
from mlx.nn.utils import value_and_grad

from engram.backends.base import Encoded, OnEpoch, OnRows, OnStep, Step, Tokens, ignored
from engram.backends.mlx import adapter, checkpoint
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.batch import Batch, Examples
from engram.backends.mlx.checkpoint import Progress
from engram.backends.mlx.rehearsal import Rehearsal, as_rows
from engram.backends.mlx.tensors import trainable
from engram.backends.plan import Schedule, by_length, epoch_batches
from engram.backends.review import Review
from engram.core.recipe import Recipe
from engram.core.results import EpochPoint, LossPoint, Training

End = Literal["finished", "recall", "diverged"]

CHECKPOINT_STEPS = 50
WINDOW = 10  # steps whose mean loss is compared, to tell divergence from noise
CLIP = 1.0
COMPARED = 20  # batches on which an adapter that diverged later is compared with the base


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
    ) -> None:
        self.model, self.recipe, self.folder = anatomy.model, recipe, folder
        self.rows = rows
        # The pass through the frozen layers below is part of training, and of its time.
        self.created = time.perf_counter()
        everything = [*rows, *as_rows(rehearsed)]
        self.examples = Examples(anatomy, everything, recipe.layers, on_rows)
        self.rehearsal = Rehearsal(self.examples, len(rows), recipe) if rehearsed else None
        self.valid = Examples(anatomy, valid, recipe.layers, on_rows) if valid else None
        self.schedule = Schedule(recipe, len(rows))
        self.optimizer = optim.AdamW(
            learning_rate=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            bias_correction=True,
        )
        self.optimizer.init(self.model.trainable_parameters())
        self.gradient = value_and_grad(self.model, self._loss)

    def run(self, on_step: OnStep, on_epoch: OnEpoch = ignored) -> Training:
        """Train to the end, from the last checkpoint if there is one, and write the adapter."""
        progress = checkpoint.load_state(self.folder, self.model, self.optimizer)
        if progress is None:
            progress = Progress(Review.fresh(self.recipe, len(self.rows)))
        started = self.created - progress.seconds
        while not progress.stopped and not self._over(progress):
            batches = self._batches(progress)
            for indices in batches[progress.batches :]:
                loss = self._step(indices, progress)
                progress.batches += 1
                progress.passed = progress.epoch + progress.batches / len(batches)
                progress.seconds = time.perf_counter() - started
                on_step(self._told(loss, len(indices), progress))
                if self._diverged(loss, progress) or progress.step == self.recipe.iters:
                    break
                ended = progress.batches == len(batches)  # saved below, once it is judged
                if progress.step % CHECKPOINT_STEPS == 0 and not ended:
                    self._save(progress)
            self._end_epoch(progress, on_epoch)
            progress.seconds = time.perf_counter() - started
            self._save(progress)
        return self._finish(progress)

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

    def _told(self, loss: float, rows: int, progress: Progress) -> Step:
        total = self.schedule.visits
        visited = round(self.schedule.done(progress.step, progress.passed) * total)
        return Step(
            step=progress.step,
            epoch=progress.epoch + 1,
            loss=loss,
            rows=rows,
            visited=visited,
            total=total,
            learning_rate=progress.losses[-1][3],
            drift=progress.losses[-1][4],
            tokens=progress.tokens,
            seconds=progress.seconds,
        )

    def _loss(
        self, batch: Batch, step: int
    ) -> tuple[mx.array, tuple[mx.array, mx.array, mx.array, mx.array]]:
        """What is made small: the mean loss over answer tokens, and the weighted drift.

        Then the two by themselves; and of each row, whether it was exact, and its worst loss: the
        last two are [rows].
        """
        prefix = self.examples.beginning()
        logits, losses = self.examples.predicted(batch, prefix)
        mean = losses.sum() / batch.weights.sum()
        right = (mx.argmax(logits, axis=-1) == batch.targets) | (batch.weights == 0)
        drift = mx.array(0.0)
        if self.rehearsal:
            drift = self.rehearsal.drift(self.rehearsal.batch(step), prefix)
        both = mean + self.recipe.rehearsal_weight * drift
        return both, (mean, drift, mx.all(right, axis=1), losses.max(axis=1))

    def _step(self, indices: Sequence[int], progress: Progress) -> float:
        """One optimiser step; gives the loss before it, in nats a token."""
        batch = self.examples.batch(indices)
        rate = self.schedule.rate(progress.step, self.schedule.done(progress.step, progress.passed))
        self.optimizer.learning_rate = mx.array(rate)
        (_, told), gradient = self.gradient(batch, progress.step)
        gradient, _ = optim.clip_grad_norm(gradient, CLIP)
        self.optimizer.update(self.model, gradient)
        mx.eval(told, self.model.trainable_parameters(), self.optimizer.state)
        loss, drift, right, worst = told
        value = cast("float", loss.item())
        count = sum(len(self.rows[index].answer) for index in indices)
        progress.step += 1
        progress.tokens += sum(len(self.rows[index]) for index in indices)
        progress.epoch_loss += value * count
        progress.epoch_tokens += count
        for row, exact, most in zip(indices, np.array(right), np.array(worst)):
            progress.review.saw(progress.epoch, row, right=bool(exact), worst=float(most))
        drifted = cast("float", drift.item()) if self.rehearsal else None
        progress.losses.append((progress.step, progress.passed, value, rate, drifted))
        return value

    def _diverged(self, loss: float, progress: Progress) -> bool:
        """True, and said in ``progress``, if the loss is not finite, or is where it began or above.

        The first loss is the base model's own: whoever is above it after many steps unlearns.
        """
        recent = [point[2] for point in progress.losses[-WINDOW:]]
        # What an epoch of hard rows alone loses cannot be compared with the first rows of all.
        steps = progress.step - self.recipe.warmup if len(progress.due) == len(self.rows) else 0
        rising = steps > WINDOW and sum(recent) / WINDOW > 1.2 * progress.losses[0][2] + 0.2
        if rising or not math.isfinite(loss):
            progress.stopped = "diverged"
        return progress.stopped == "diverged"

    def _end_epoch(self, progress: Progress, on_epoch: OnEpoch) -> None:
        """Judge the epoch that ended, keep the best weights, and stop if all is learnt."""
        if progress.stopped:
            return
        progress.epoch += 1
        progress.batches = 0
        if not progress.epoch_tokens:  # every row rested
            progress.passed = progress.epoch
            return
        loss = progress.epoch_loss / progress.epoch_tokens
        recall, doubt = progress.review.known, progress.review.doubt
        progress.curve.append((progress.epoch, loss, recall, self._valid_loss()))
        on_epoch(_epoch_point(progress.curve[-1]))
        if progress.best and doubt > 2 * progress.best[2] + 1:
            progress.stopped = "diverged"
            return
        if progress.best is None or (recall, -doubt) >= (progress.best[1], -progress.best[2]):
            checkpoint.save_best(self.folder, self.model)
            progress.best = (progress.epoch, recall, doubt)
        target = self.recipe.stop_at_recall
        if target is not None and recall >= target:
            progress.stopped = "recall"
        progress.epoch_loss, progress.epoch_tokens = 0.0, 0

    def _valid_loss(self) -> float | None:
        """The mean loss over the answer tokens of the rows of valid; None without any."""
        if self.valid is None:
            return None
        lengths = [len(row) for row in self.valid.rows]
        return self._mean_loss(self.valid, by_length(lengths, self.recipe.batch_size))

    def _better_than_base(self) -> bool:
        """Whether the adapter as it is predicts trained rows better than the base does."""
        recipe, own = self.recipe, trainable(self.model)
        everything = range(len(self.rows))
        batches = epoch_batches(self.rows, everything, recipe.batch_size, recipe.seed, 0)
        batches = batches[:COMPARED]
        loss = self._mean_loss(self.examples, batches)
        nothing = [(name, mx.zeros_like(value)) for name, value in own.items()]
        self.model.load_weights(nothing, strict=False)
        base = self._mean_loss(self.examples, batches)
        self.model.load_weights(list(own.items()), strict=False)
        return loss < base

    def _mean_loss(self, examples: Examples, batches: Sequence[Sequence[int]]) -> float:
        """The mean loss over the answer tokens of the rows in ``batches``, without training."""
        total, count = 0.0, 0
        for indices in batches:
            batch = examples.batch(indices)
            _, losses = examples.predicted(batch)
            total += cast("float", losses.sum().item())
            count += cast("int", batch.weights.sum().item())
        return total / count

    def _save(self, progress: Progress) -> None:
        checkpoint.save_state(self.folder, self.model, self.optimizer, progress)

    def _finish(self, progress: Progress) -> Training:
        """Write the adapter, the best one if training diverged, and say how it went."""
        diverged = progress.stopped == "diverged"
        if diverged and progress.best:
            checkpoint.load_best(self.folder, self.model)
            if not self._better_than_base():
                progress.best = None
        if not diverged or progress.best:
            weights = trainable(self.model)
            adapter.save(self.folder / "adapter", weights, self.recipe)
        parameters = sum(value.size for value in trainable(self.model).values())
        return Training(
            rows=len(self.rows),
            steps=progress.step,
            epochs=progress.passed,
            tokens=progress.tokens,
            seconds=progress.seconds,
            parameters=parameters,
            stopped=cast(
                "Literal['finished', 'recall', 'diverged']", progress.stopped or "finished"
            ),
            best_epoch=progress.best[0] if progress.best else 0,
            losses=tuple(
                LossPoint(step=s, epoch=e, loss=v, learning_rate=r, drift=d)
                for s, e, v, r, d in progress.losses
            ),
            curve=tuple(map(_epoch_point, progress.curve)),
        )


def _epoch_point(values: tuple[int, float, float, float | None]) -> EpochPoint:
    epoch, loss, recall, valid_loss = values
    return EpochPoint(epoch=epoch, loss=loss, recall=recall, valid_loss=valid_loss)
