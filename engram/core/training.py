"""How a training run went: every step, every epoch, and how it ended."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from engram.core.noun import Float, Noun

Ending = Literal["finished", "recall", "patience", "diverged"]


def finite(value: object) -> object:
    """The value, or null for a number that JSON cannot write."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


# A loss that ran away is not a number that JSON can write: it is null.
Loss = Annotated[Float | None, BeforeValidator(finite)]


class LossPoint(Noun):
    """One optimiser step. ``loss`` is the mean over answer tokens, in nats; null if not finite.

    ``drift`` is the mean KL(base || tuned) over the first tokens of the answers to the prompts that
    the step rehearsed, in nats; null without any.
    """

    step: int
    epoch: Float
    loss: Loss
    learning_rate: Float
    drift: Loss = None


class EpochPoint(Noun):
    """One epoch of training.

    ``loss``: in nats, the mean over answer tokens of the rows that the epoch trained. ``recall``:
    the share of all rows that were predicted exactly when last seen. ``valid_loss``: the mean over
    a sample of rows of valid.jsonl, reworded or novel as the recipe's ``best_by`` says; null
    without one.
    """

    epoch: int
    loss: Loss
    recall: Float
    valid_loss: Loss


class Training(Noun):
    """How training went. ``tokens`` counts prompt and answer tokens of every row trained.

    ``lowered_at`` is the step after which it had diverged, went back to the best weights so far and
    on at half the learning rate; null if it never did. ``ranks`` is the number of processes that
    trained together in the end; which number it is changes nothing but rounding.
    """

    rows: int
    steps: int
    epochs: Float
    tokens: int
    seconds: Float
    parameters: int
    stopped: Ending
    best_epoch: int
    lowered_at: int | None = None
    ranks: int = 1
    losses: Annotated[tuple[LossPoint, ...], Field(strict=False)]
    curve: Annotated[tuple[EpochPoint, ...], Field(strict=False)]
