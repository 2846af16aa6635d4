"""Rehearsal: what the base says where no pattern is asked, held while patterns are learnt."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from engram.backends.plan import FORWARD_ROWS, Turns, by_length
from engram.backends.torch.batch import Examples
from engram.backends.torch.forward import Prefix
from engram.backends.torch.loss import divergences
from engram.core.recipe import Recipe


class Rehearsal:
    """Prompts, and the states from which the base predicts how its answers to them begin.

    The prompts are the rows of ``examples`` from ``first`` on. The adapter must be as it was put
    on, when it changes nothing: what the model says now is taken for the base's.
    """

    @torch.no_grad()
    def __init__(self, examples: Examples, first: int, recipe: Recipe) -> None:
        self.examples, self.first = examples, first
        rows = examples.rows[first:]
        self.turns = Turns(rows, recipe.rehearsal_batch, recipe.seed)
        self.base: dict[int, torch.Tensor] = {}
        for indices in by_length([len(row) for row in rows], FORWARD_ROWS):
            states = examples.features(examples.batch([first + index for index in indices]))
            self.base |= {first + index: state for index, state in zip(indices, states.clone())}

    def batch(self, step: int) -> list[int]:
        """The rows of ``examples`` that a step rehearses; all come up before one does again."""
        return [self.first + index for index in self.turns.batch(step)]

    def drift(self, indices: Sequence[int], prefix: Prefix) -> torch.Tensor:
        """The mean KL(base || tuned) in nats over the first tokens of the answers."""
        anatomy = self.examples.anatomy
        states = self.examples.features(self.examples.batch(indices), prefix)
        with torch.no_grad():
            known = anatomy.logits(torch.stack([self.base[index] for index in indices]))
        return divergences(anatomy.logits(states), known).mean()
