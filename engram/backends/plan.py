"""How rows become batches: pure planning, shared by every backend."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from engram.backends.base import Encoded, Tokens
from engram.core.recipe import Recipe

# Rows in a forward pass that nothing is trained by.
FORWARD_ROWS = 32
# The norm of a gradient, above which it is cut.
CLIP = 1.0


def common_prefix(prompts: Sequence[Tokens]) -> int:
    """The number of leading tokens that all prompts share, short of the last token of any.

    The last prompt token stays out because its output is what predicts the first answer token.
    """
    if not prompts:
        return 0
    first, last = min(prompts), max(prompts)
    limit = min(len(prompt) for prompt in prompts) - 1
    for index, (a, b) in enumerate(zip(first, last)):
        if a != b or index >= limit:
            return min(index, limit)
    return limit


def longest_first(lengths: Sequence[int]) -> list[int]:
    """Row indices by falling length; those of one length stay in order."""
    return sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))


def by_length(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Row indices in batches of at most ``size``, longest first, so that little is padded."""
    order = longest_first(lengths)
    return [order[start : start + size] for start in range(0, len(order), size)]


def by_positions(lengths: Sequence[int], rows: int, positions: int) -> list[list[int]]:
    """Row indices in batches of at most so many rows, longest first.

    A batch padded to its longest row has at most so many positions, unless one row alone has more.
    """
    order = longest_first(lengths)
    batches = []
    while order:
        size = min(rows, max(1, positions // max(1, lengths[order[0]])))
        batches.append(order[:size])
        order = order[size:]
    return batches


def rank(seed: int, *parts: object) -> bytes:
    """A digest to sort by: shuffles the same way on every machine, unlike a random generator."""
    return hashlib.sha256(repr((seed, *parts)).encode()).digest()


def epoch_batches(
    rows: Sequence[Encoded], due: Sequence[int], size: int, seed: int, epoch: int
) -> list[list[int]]:
    """The batches of one epoch: every row that is due once, like lengths together, shuffled.

    Rows of equal length meet other neighbours in every epoch. The last, smaller batch is trained.
    """
    order = sorted(due, key=lambda i: (len(rows[i]), rank(seed, "row", epoch, i)))
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    return sorted(batches, key=lambda batch: rank(seed, "batch", epoch, batch[0]))


@dataclass(frozen=True, slots=True)
class Positions:
    """Where a batch of rows, padded on the right, is read: its answers, all in one list of n.

    They are predicted in the ``most`` positions from ``first`` on. ``places``: [n], where in these,
    all rows in one, each answer token is predicted; ``targets``: [n], those tokens; ``starts``:
    [rows], which of the n is the first of each row.
    """

    first: int
    most: int
    places: list[int]
    targets: list[int]
    starts: list[int]


def positions(rows: Sequence[Encoded], shared: int) -> Positions:
    """The positions at which the answers of rows are predicted, after ``shared`` first tokens."""
    begins = [len(row.prompt) - 1 - shared for row in rows]
    first = min(begins)
    most = max(at + len(row.answer) for at, row in zip(begins, rows)) - first
    places = [
        line * most + begin - first + i
        for line, (begin, row) in enumerate(zip(begins, rows))
        for i in range(len(row.answer))
    ]
    targets = [token for row in rows for token in row.answer]
    starts = [0, *accumulate(len(row.answer) for row in rows)][:-1]
    return Positions(first, most, places, targets, starts)


def after_prefix(row: Encoded, shared: int) -> Tokens:
    """What of a row is read after ``shared`` first tokens: its last token is only predicted."""
    return (*row.prompt[shared:], *row.answer[:-1])


def as_rows(prompts: Sequence[Tokens]) -> list[Encoded]:
    """Rows that have one place to look at: where the answer to the prompt would begin."""
    return [Encoded(prompt, (0,)) for prompt in prompts]


class Turns:
    """Rows that take turns, so many in a step: all come up before one does again."""

    def __init__(self, rows: Sequence[Encoded], size: int, seed: int) -> None:
        self.rows, self.size, self.seed = rows, size, seed
        # A turn takes many steps.
        self.turn = lru_cache(maxsize=1)(self._turn)

    def batch(self, step: int) -> list[int]:
        """The rows of a step, counted from 0."""
        turn, place = divmod(step, -(-len(self.rows) // self.size))
        return self.turn(turn)[place]

    def _turn(self, turn: int) -> list[list[int]]:
        return epoch_batches(self.rows, range(len(self.rows)), self.size, self.seed, turn)


def worth_keeping(recipe: Recipe, rows: int) -> bool:
    """Whether what is computed of the rows is used more than once: else no file is worth it."""
    return Schedule(recipe, rows).visits > rows


@dataclass(frozen=True, slots=True)
class Schedule:
    """The length of a training run on so many rows, and its learning rate at every point of it.

    The rate is constant, or falls by a half cosine to a tenth of the peak (Loshchilov & Hutter,
    2017, "SGDR", without restarts). Over the first ``recipe.warmup`` steps it rises linearly.
    """

    recipe: Recipe
    rows: int

    @property
    def epochs(self) -> int:
        """Epochs in all, the last one perhaps cut short by ``iters``."""
        whole = math.ceil(self.rows / self.recipe.batch_size)
        if self.recipe.iters:
            return math.ceil(self.recipe.iters / whole)
        return max(self.recipe.epochs or 1, math.ceil(self.recipe.least_steps / whole))

    @property
    def visits(self) -> int:
        """Visits to a row in all, if none rests."""
        if self.recipe.iters:
            return self.recipe.iters * self.recipe.batch_size
        return self.epochs * self.rows

    def done(self, step: int, passed: float) -> float:
        """How much of training is behind, from 0 to 1, after so many steps and epochs."""
        return step / self.recipe.iters if self.recipe.iters else passed / self.epochs

    def rate(self, step: int, done: float) -> float:
        """The learning rate of a step, counted from 0."""
        peak, warmup = self.recipe.learning_rate, self.recipe.warmup
        rate = peak * min(1.0, (step + 1) / warmup) if warmup else peak
        if self.recipe.schedule == "constant":
            return rate
        return rate * (0.1 + 0.45 * (1 + math.cos(math.pi * done)))
