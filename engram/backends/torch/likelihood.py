"""How likely a sample is a given answer: one pass over prompt and answer, nothing is drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from engram.backends.base import Encoded, OnRows
from engram.backends.plan import FORWARD_ROWS, by_length
from engram.backends.torch.anatomy import Anatomy
from engram.backends.torch.batch import Examples
from engram.backends.torch.loss import token_losses


@torch.no_grad()
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
        logits = anatomy.logits(examples.features(batch, beginning)).float()
        # The largest is taken off first: a division by little would leave the others no digits.
        shifted = (logits - logits.amax(dim=-1, keepdim=True)) / temperature
        losses = token_losses(shifted, batch.targets)
        for index, loss in zip(indices, batch.by_row(losses, np.add)):
            found[index] = min(0.0, -loss)  # rounding can make a sure token surer than sure
        on_rows(len(indices))
    return found
