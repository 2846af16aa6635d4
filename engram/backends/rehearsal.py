"""Rehearsal: what the base says where no pattern is asked, held while patterns are learnt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, cast

from engram.backends.examples import Examples, State
from engram.backends.plan import FORWARD_ROWS, Turns, by_length
from engram.core.recipe import Recipe


class Rehearsal(Generic[State]):
    """Prompts, and the states from which the base predicts how its answers to them begin.

    The prompts are the rows of ``examples`` from ``first`` on. The adapter must be as it was put
    on, when it changes nothing: what the model says now is taken for the base's.
    """

    def __init__(self, examples: Examples[State], first: int, recipe: Recipe) -> None:
        self.first, self.form = first, examples.form()
        rows = examples.rows[first:]
        self.turns = Turns(rows, recipe.rehearsal_batch, recipe.seed)
        self.base: dict[int, State] = {}
        beginning = examples.beginning()
        for indices in by_length([len(row) for row in rows], FORWARD_ROWS):
            chosen = [first + index for index in indices]
            states = cast("Any", examples.features(examples.batch(chosen), beginning))
            lines = (states[line : line + 1] for line in range(len(chosen)))
            self.base |= {index: self.form.copied(line) for index, line in zip(chosen, lines)}

    def batch(self, step: int) -> list[int]:
        """The rows of ``examples`` that a step rehearses; all come up before one does again."""
        return [self.first + index for index in self.turns.batch(step)]

    def known(self, indices: Sequence[int]) -> State:
        """[rows, width] states from which the base predicts how its answers begin."""
        states = cast("Any", self.form.stacked([self.base[index] for index in indices]))
        return cast("State", states[:, 0])
