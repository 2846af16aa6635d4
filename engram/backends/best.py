"""Which epoch's weights are kept, and when a better one is no longer waited for: pure choosing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engram.core.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Judged:
    """An epoch, counted from 1, as it was judged when it ended.

    ``recall`` and ``doubt``: ``known`` and ``doubt`` of Review. ``valid_loss``: the mean over the
    answer tokens of the rows of valid that are watched, in nats; null without any.
    """

    epoch: int
    recall: float
    doubt: float
    valid_loss: float | None

    def merit(self, recipe: Recipe) -> tuple[float, ...]:
        """What the best epoch has most of, in the order that the recipe's ``best_by`` says.

        Without a loss on valid that is a number, what is known of the trained rows decides.
        """
        loss = math.inf if self.valid_loss is None else self.valid_loss
        lowest = -loss if math.isfinite(loss) else -math.inf
        if recipe.best_by == "novel":
            return lowest, self.recall, -self.doubt
        return self.recall, lowest, -self.doubt


def better(one: Judged, best: Judged | None, recipe: Recipe) -> Judged:
    """The epoch that just ended or the best before it, if there is one; of equals the later one."""
    return one if best is None or one.merit(recipe) >= best.merit(recipe) else best


def hopeless(judged: Sequence[int], best: Judged, recipe: Recipe) -> bool:
    """Whether ``patience`` epochs, of those that were ``judged``, came after the best without one.

    Training stops there (Prechelt, 1998, "Early stopping - but when?").
    """
    return recipe.patience is not None and sum(e > best.epoch for e in judged) >= recipe.patience
