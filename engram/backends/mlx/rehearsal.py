"""Rehearsal: what the base says where no pattern is asked, held while patterns are learnt."""

from __future__ import annotations

from collections.abc import Sequence

import mlx.core as mx

from engram.backends.mlx.batch import Examples
from engram.backends.plan import FORWARD_ROWS, Turns, by_length
from engram.core.recipe import Recipe


class Rehearsal:
    """Prompts, and the states from which the base predicts how its answers to them begin.

    The prompts are the rows of ``examples`` from ``first`` on. The adapter must be as it was put
    on, when it changes nothing: what the model says now is taken for the base's.
    """

    def __init__(self, examples: Examples, first: int, recipe: Recipe) -> None:
        self.first = first
        rows = examples.rows[first:]
        self.turns = Turns(rows, recipe.rehearsal_batch, recipe.seed)
        self.base: dict[int, mx.array] = {}
        for indices in by_length([len(row) for row in rows], FORWARD_ROWS):
            states = examples.features(examples.batch([first + index for index in indices]))
            mx.eval(states)
            self.base |= {first + index: states[line] for line, index in enumerate(indices)}
        mx.eval(list(self.base.values()))

    def batch(self, step: int) -> list[int]:
        """The rows of ``examples`` that a step rehearses; all come up before one does again."""
        return [self.first + index for index in self.turns.batch(step)]

    def known(self, indices: Sequence[int]) -> mx.array:
        """[rows, width] states from which the base predicts how its answers begin."""
        return mx.stack([self.base[index] for index in indices])
