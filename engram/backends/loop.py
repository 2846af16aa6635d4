"""The training loop: every row, with the loss on its answer and stop token alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from engram.backends import checkpoint
from engram.backends.base import Encoded, Lowered, OnEpoch, OnLowered, OnStep, ignored
from engram.backends.judge import Judge
from engram.backends.learner import Learner
from engram.backends.plan import Schedule, epoch_batches
from engram.backends.progress import LOWERED, Progress
from engram.backends.review import Review
from engram.core.recipe import Recipe
from engram.core.training import Training

CHECKPOINT_STEPS = 50


class Loop:
    """One training run of a learner whose adapter is fresh.

    ``created`` is the time, by ``time.perf_counter``, since when it takes: the learner's pass
    through the frozen layers is part of training.
    """

    def __init__(
        self,
        learner: Learner,
        rows: Sequence[Encoded],
        recipe: Recipe,
        folder: Path,
        created: float,
    ) -> None:
        self.learner, self.rows = learner, rows
        self.recipe, self.folder, self.created = recipe, folder, created
        self.schedule = Schedule(recipe, len(rows))
        self.judge = Judge(learner, rows, recipe, folder)

    def run(
        self, on_step: OnStep, on_epoch: OnEpoch = ignored, on_lowered: OnLowered = ignored
    ) -> Training:
        """Train to the end, from the last checkpoint if there is one, and write the adapter."""
        progress = checkpoint.load_state(self.folder, self.learner)
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
        self.learner.restart()
        progress.lower()
        epoch = progress.best.epoch if progress.best else 0
        on_lowered(Lowered(progress.step, epoch, LOWERED * self.recipe.learning_rate))
        # At once: a later best epoch must not be what an earlier checkpoint falls back to.
        self._save(progress)

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

    def _step(self, indices: Sequence[int], progress: Progress) -> None:
        """One optimiser step, whose loss, in nats a token, is that before it."""
        rate = progress.rate(self.schedule)
        told = self.learner.step(indices, progress.step, rate)
        count = sum(len(self.rows[index].answer) for index in indices)
        progress.step += 1
        progress.tokens += sum(len(self.rows[index]) for index in indices)
        progress.epoch_loss += told.loss * count
        progress.epoch_tokens += count
        for row, known, most in zip(indices, told.exact, told.worst, strict=True):
            progress.review.saw(progress.epoch, row, right=known, worst=most)
        point = (progress.step, progress.passed, told.loss, rate, told.drift)
        progress.losses.append(point)

    def _save(self, progress: Progress) -> None:
        progress.seconds = time.perf_counter() - self.started
        checkpoint.save_state(self.folder, self.learner, progress)

    def _finish(self, progress: Progress) -> Training:
        """Write the adapter of the best epoch, if one beats the base, and say how it went."""
        if progress.stopped == "diverged":
            self.judge.go_back(progress)
        else:
            checkpoint.load_best(self.folder, self.learner)
        if progress.best:
            self.learner.save_adapter(self.folder / "adapter")
        learner = self.learner
        return progress.outcome(len(self.rows), learner.parameters, learner.ranks.size)
