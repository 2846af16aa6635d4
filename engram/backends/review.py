"""Which rows an epoch trains: pure planning, shared by every backend."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from engram.core.recipe import Recipe

SURE = 0.7  # of each answer token, for a row to rest
LONGEST_REST = 7  # epochs, after which even the best known row is trained again


@dataclass
class Review:
    """Spaced repetition (Leitner, 1972, "So lernt man lernen"): what is known is asked less often.

    A row that was predicted exactly, with at least ``SURE`` for each token, rests for one epoch,
    then three, then seven, as long as that lasts; any other is trained again in the next epoch, and
    begins anew. Without ``spaced`` every row is due in every epoch.

    ``right``: [rows], whether each was exact when last seen, and ``worst``, the loss in nats of its
    least likely token then (null: not seen yet); ``streak``: [rows], how often in a row
    it was sure; ``due``: [rows], the next epoch, from 0, that trains it.
    """

    spaced: bool
    right: list[bool] = field(default_factory=list)
    worst: list[float | None] = field(default_factory=list)
    streak: list[int] = field(default_factory=list)
    due: list[int] = field(default_factory=list)

    @classmethod
    def fresh(cls, recipe: Recipe, rows: int) -> Review:
        """Nothing has been seen, so everything is due."""
        return cls(recipe.repetition == "spaced", [False] * rows).forgotten()

    def forgotten(self) -> Review:
        """The same rows, none of which has been seen."""
        rows = len(self.right)
        return Review(self.spaced, [False] * rows, [None] * rows, [0] * rows, [0] * rows)

    def due_in(self, epoch: int) -> list[int]:
        """The rows that an epoch trains."""
        return [row for row, when in enumerate(self.due) if when <= epoch]

    def saw(self, epoch: int, row: int, *, right: bool, worst: float) -> None:
        """A row was trained in an epoch: was it exact before, and how likely its worst token?

        ``worst`` is the loss of that token in nats.
        """
        sure = right and worst <= -math.log(SURE)
        self.right[row], self.worst[row] = right, worst
        self.streak[row] = self.streak[row] + 1 if sure else 0
        rest = min(2 ** self.streak[row] - 1, LONGEST_REST) if self.spaced else 0
        self.due[row] = epoch + 1 + rest

    @property
    def known(self) -> float:
        """The share of rows that were exact when last seen; a row not yet seen is not."""
        return sum(self.right) / len(self.right)

    @property
    def doubt(self) -> float:
        """The mean of ``worst`` over the rows seen: of all rows, whichever an epoch trained."""
        seen = [loss for loss in self.worst if loss is not None]
        return sum(seen) / len(seen)
