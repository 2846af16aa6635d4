"""Rows of random token ids, for models with a vocabulary of a few hundred."""

from __future__ import annotations

import random

from engram.backends.base import Encoded
from engram.core.recipe import Recipe
from engram.lab.presets import recipe

STOP = 2
PREFIX = (7, 8, 9, 10, 11)


def make_rows(count: int, seed: int = 0, *, shared: bool = True) -> list[Encoded]:
    """Different prompts of 3 to 9 tokens after a common beginning, answers of 1 to 5 and a stop."""
    draw = random.Random(seed)  # noqa: S311 - token ids, not secrets
    start = PREFIX if shared else ()
    return [
        Encoded(
            (*start, 20 + index, *(draw.randrange(20, 250) for _ in range(draw.randrange(2, 9)))),
            (*(draw.randrange(20, 250) for _ in range(draw.randrange(1, 6))), STOP),
        )
        for index in range(count)
    ]


def small_recipe(
    *, stop_at_recall: float | None = None, method: str = "lora", **changes: float
) -> Recipe:
    """The numbers of the default preset but for these, and every row in every epoch."""
    values = {"rank": 4, "layers": 2, "batch_size": 4, "epochs": 3, "warmup": 2, **changes}
    if method == "full":
        del values["rank"]
    rest = {"stop_at_recall": stop_at_recall, "repetition": "every"}
    return recipe("tiny", method=method, **values).model_copy(update=rest)
