"""The training loop: every row, with the loss on its answer and stop token alone."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

import mlx.core as mx
import mlx.optimizers as optim
from mlx.nn.utils import value_and_grad

from engram.backends.base import Encoded, OnStep, Step
from engram.backends.mlx import adapter, checkpoint
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.batch import Batch, Examples
from engram.backends.mlx.checkpoint import Progress
from engram.backends.mlx.loss import token_losses
from engram.backends.mlx.tensors import trainable
from engram.backends.plan import Schedule, by_length, epoch_batches
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
    ) -> None:
        self.model, self.anatomy, self.recipe, self.folder = anatomy.model, anatomy, recipe, folder
        self.rows = rows
        # The pass through the frozen layers below is part of training, and of its time.
        self.created = time.perf_counter()
        self.examples = Examples(anatomy, rows, recipe.layers)
        self.valid = Examples(anatomy, valid, recipe.layers) if valid else None
        self.schedule = Schedule(recipe, math.ceil(len(rows) / recipe.batch_size))
        self.optimizer = optim.AdamW(
            learning_rate=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            bias_correction=True,
        )
        self.optimizer.init(self.model.trainable_parameters())
        self.gradient = value_and_grad(self.model, self._loss)

    def run(self, on_step: OnStep) -> Training:
        """Train to the end, from the last checkpoint if there is one, and write the adapter."""
        progress = checkpoint.load_state(self.folder, self.model, self.optimizer)
        started = self.created - progress.seconds
        while not progress.stopped and progress.step < self.schedule.steps:
            epoch, first = divmod(progress.step, self.schedule.steps_per_epoch)
            batches = epoch_batches(self.rows, self.recipe.batch_size, self.recipe.seed, epoch)
            for indices in batches[first:]:
                loss = self._step(indices, progress)
                on_step(Step(progress.step, self.schedule.steps, epoch + 1, loss, len(indices)))
                progress.seconds = time.perf_counter() - started
                if self._diverged(loss, progress) or progress.step == self.schedule.steps:
                    break
                ended = progress.step % len(batches) == 0  # saved below, once it is judged
                if progress.step % CHECKPOINT_STEPS == 0 and not ended:
                    self._save(progress)
            self._end_epoch(epoch + 1, progress, whole=progress.step % len(batches) == 0)
            progress.seconds = time.perf_counter() - started
            self._save(progress)
        return self._finish(progress)

    def _loss(self, batch: Batch) -> tuple[mx.array, mx.array]:
        """The mean loss over answer tokens, and which rows were predicted exactly: [rows]."""
        logits = self.anatomy.logits(self.examples.features(batch))
        vocabulary = logits.shape[-1]
        losses = token_losses(logits.reshape(-1, vocabulary), batch.targets.reshape(-1))
        mean = (losses * batch.weights.reshape(-1)).sum() / batch.weights.sum()
        right = (mx.argmax(logits, axis=-1) == batch.targets) | (batch.weights == 0)
        return mean, mx.all(right, axis=1)

    def _step(self, indices: Sequence[int], progress: Progress) -> float:
        batch = self.examples.batch(indices)
        rate = self.schedule.rate(progress.step)
        self.optimizer.learning_rate = mx.array(rate)
        (loss, right), gradient = self.gradient(batch)
        gradient, _ = optim.clip_grad_norm(gradient, CLIP)
        self.optimizer.update(self.model, gradient)
        mx.eval(loss, right, self.model.trainable_parameters(), self.optimizer.state)
        value, count = (
            cast("float", loss.item()),
            sum(len(self.rows[index].answer) for index in indices),
        )
        progress.step += 1
        progress.tokens += sum(len(self.rows[index]) for index in indices)
        progress.epoch_loss += value * count
        progress.epoch_tokens += count
        progress.epoch_right += cast("int", right.sum().item())
        done = progress.step / self.schedule.steps_per_epoch
        progress.losses.append((progress.step, done, value, rate))
        return value

    def _diverged(self, loss: float, progress: Progress) -> bool:
        """True, and said in ``progress``, if the loss is not finite, or is where it began or above.

        The first loss is the base model's own: whoever is above it after many steps unlearns.
        """
        recent = [point[2] for point in progress.losses[-WINDOW:]]
        steps = progress.step - self.recipe.warmup
        rising = steps > WINDOW and sum(recent) / WINDOW > 1.2 * progress.losses[0][2] + 0.2
        if rising or not math.isfinite(loss):
            progress.stopped = "diverged"
        return progress.stopped == "diverged"

    def _end_epoch(self, epoch: int, progress: Progress, *, whole: bool) -> None:
        """Judge the epoch that ended, keep the best weights, and stop if all is learnt."""
        if progress.stopped or not progress.epoch_tokens:
            return
        loss = progress.epoch_loss / progress.epoch_tokens
        seen = len(self.rows) if whole else self._rows_seen(epoch - 1, progress)
        recall = progress.epoch_right / seen
        progress.curve.append((epoch, loss, recall, self._valid_loss()))
        if progress.best and loss > 2 * progress.best[2] + 1:
            progress.stopped = "diverged"
            return
        if progress.best is None or (recall, -loss) >= (progress.best[1], -progress.best[2]):
            checkpoint.save_best(self.folder, self.model)
            progress.best = (epoch, recall, loss)
        target = self.recipe.stop_at_recall
        if target is not None and whole and recall >= target:
            progress.stopped = "recall"
        progress.epoch_loss, progress.epoch_tokens, progress.epoch_right = 0.0, 0, 0

    def _rows_seen(self, epoch: int, progress: Progress) -> int:
        batches = epoch_batches(self.rows, self.recipe.batch_size, self.recipe.seed, epoch)
        steps = progress.step - epoch * self.schedule.steps_per_epoch
        return sum(len(batch) for batch in batches[:steps])

    def _valid_loss(self) -> float | None:
        """The mean loss over the answer tokens of valid.jsonl; null without one."""
        if self.valid is None:
            return None
        lengths = [len(row) for row in self.valid.rows]
        return self._mean_loss(self.valid, by_length(lengths, self.recipe.batch_size))

    def _better_than_base(self) -> bool:
        """Whether the adapter as it is predicts trained rows better than the base does."""
        recipe, own = self.recipe, trainable(self.model)
        batches = epoch_batches(self.rows, recipe.batch_size, recipe.seed, 0)[:COMPARED]
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
            logits = self.anatomy.logits(examples.features(batch))
            losses = token_losses(logits.reshape(-1, logits.shape[-1]), batch.targets.reshape(-1))
            total += cast("float", (losses * batch.weights.reshape(-1)).sum().item())
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
            epochs=progress.step / self.schedule.steps_per_epoch,
            tokens=progress.tokens,
            seconds=progress.seconds,
            parameters=parameters,
            stopped=cast(
                "Literal['finished', 'recall', 'diverged']", progress.stopped or "finished"
            ),
            best_epoch=progress.best[0] if progress.best else 0,
            losses=tuple(
                LossPoint(step=s, epoch=e, loss=v, learning_rate=r)
                for s, e, v, r in progress.losses
            ),
            curve=tuple(
                EpochPoint(epoch=e, loss=v, recall=r, valid_loss=h) for e, v, r, h in progress.curve
            ),
        )
