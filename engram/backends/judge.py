"""How training goes: every epoch is judged, the best is kept, and divergence is seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from engram.backends import checkpoint
from engram.backends.base import Encoded, OnEpoch
from engram.backends.best import Judged, better, hopeless
from engram.backends.learner import Judgeable, Learner
from engram.backends.plan import by_length, epoch_batches
from engram.backends.progress import Progress, epoch_point
from engram.core.recipe import Recipe

WINDOW = 10  # steps whose mean loss is compared, to tell divergence from noise
COMPARED = 20  # batches on which the best epoch of a run that diverged is compared with the base


class Judge:
    """Judges the training of an adapter that changes nothing yet: it is what training begins from.

    ``rows`` are the first of those that the learner has.
    """

    def __init__(
        self, learner: Learner, rows: Sequence[Encoded], recipe: Recipe, folder: Path
    ) -> None:
        self.learner, self.rows = learner, rows
        self.recipe, self.folder = recipe, folder
        self.start = learner.weights()

    def diverges(self, progress: Progress) -> bool:
        """Whether the last loss is not finite, or the last ones are above the first of all.

        The first loss is the base model's own: whoever is above it after many steps unlearns.
        """
        begun = (progress.lowered_at or 0) + self.recipe.warmup
        # What an epoch of hard rows alone loses cannot be compared with the first rows of all.
        steps = progress.step - begun if len(progress.due) == len(self.rows) else 0
        recent = [point[2] for point in progress.losses[-WINDOW:]]
        rising = steps > WINDOW and sum(recent) / WINDOW > 1.2 * progress.losses[0][2] + 0.2
        return rising or not math.isfinite(recent[-1])

    def end_epoch(self, progress: Progress, on_epoch: OnEpoch) -> bool:
        """Judge the epoch that ended and keep the best weights; says whether it diverged."""
        progress.epoch += 1
        progress.batches = 0
        if not progress.epoch_tokens:  # every row rested
            progress.passed = progress.epoch
            return False
        loss = progress.epoch_loss / progress.epoch_tokens
        review, valid_loss = progress.review, self._valid_loss()
        one = Judged(progress.epoch, review.known, review.doubt, valid_loss)
        progress.curve.append((one.epoch, loss, one.recall, one.valid_loss))
        on_epoch(epoch_point(progress.curve[-1]))
        progress.epoch_loss, progress.epoch_tokens = 0.0, 0
        if progress.best and one.doubt > 2 * progress.best.doubt + 1:
            return True
        best = better(one, progress.best, self.recipe)
        if best is one:
            checkpoint.save_best(self.folder, self.learner)
        progress.best = best
        target = self.recipe.stop_at_recall
        if target is not None and one.recall >= target:
            progress.stopped = "recall"
        elif hopeless(progress.judged, best, self.recipe):
            progress.stopped = "patience"
        return False

    def go_back(self, progress: Progress) -> None:
        """Put the best weights on the model; those of the start if no epoch beats the base."""
        if progress.best:
            checkpoint.load_best(self.folder, self.learner)
            if self._better_than_base():
                return
            progress.best = None
        self.learner.put(self.start)

    def _better_than_base(self) -> bool:
        """Whether the adapter as it is predicts trained rows better than the base does."""
        recipe, learner = self.recipe, self.learner
        own = learner.weights()
        everything = range(len(self.rows))
        batches = epoch_batches(self.rows, everything, recipe.batch_size, recipe.seed, 0)
        batches = batches[:COMPARED]
        loss = self._mean_loss(learner.trained, batches)
        learner.put(self.start)
        base = self._mean_loss(learner.trained, batches)
        learner.put(own)
        return loss < base

    def _valid_loss(self) -> float | None:
        """The mean loss over the answer tokens of the rows of valid; None without any."""
        valid = self.learner.valid
        if valid is None:
            return None
        lengths = [len(row) for row in valid.rows]
        return self._mean_loss(valid, by_length(lengths, self.recipe.batch_size))

    def _mean_loss(self, judged: Judgeable, batches: Sequence[Sequence[int]]) -> float:
        """The mean loss over the answer tokens of the rows in ``batches``, without training."""
        ranks = self.learner.ranks
        parts = ranks.gathered(judged.loss(ranks.dealt(batches)))
        total, count = 0.0, 0
        for place in range(len(batches)):  # in their order: any number of ranks has the same bits
            losses, tokens = parts[place % ranks.size][place // ranks.size]
            total += losses
            count += tokens
        return total / count
