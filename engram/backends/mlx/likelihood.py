"""How likely a sample is a given answer: one pass over prompt and answer, nothing is drawn."""

from __future__ import annotations

from collections.abc import Sequence

import mlx.core as mx
import numpy as np

from engram.backends.base import Encoded, OnRows
from engram.backends.mlx.anatomy import Anatomy
from engram.backends.mlx.batch import Examples
from engram.backends.mlx.loss import token_losses
from engram.backends.plan import FORWARD_ROWS, by_length


def log_likelihood(
    anatomy: Anatomy, rows: Sequence[Encoded], temperature: float, on_rows: OnRows
) -> list[float]:
    """The log-probability in nats of each row's answer, sampled at ``temperature`` from its prompt.

    It is the sum of log softmax(logits / temperature) over the answer's tokens, in float32.
    """
    examples = Examples(anatomy, rows, len(anatomy.blocks))
    beginning = examples.beginning()
    found = [0.0] * len(rows)
    for indices in by_length([len(row) for row in rows], FORWARD_ROWS):
        batch = examples.batch(indices)
        logits = anatomy.logits(examples.features(batch, beginning)).astype(mx.float32)
        # The largest is taken off first: a division by little would leave the others no digits.
        shifted = (logits - logits.max(axis=-1, keepdims=True)) / temperature
        losses = token_losses(shifted, batch.targets)
        for index, loss in zip(indices, batch.by_row(losses, np.add)):
            found[index] = min(0.0, -loss)  # rounding can make a sure token surer than sure
        on_rows(len(indices))
    return found
