"""Cross entropy over a large vocabulary, exact and cheap on a CPU.

The exponentials of the softmax over the vocabulary are the cheap ones of ``pointwise``, computed
once and kept for the gradient.
"""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import mlx.nn as nn

from engram.backends.mlx.pointwise import exp_of_negative


@mx.custom_function
def _losses(logits: mx.array, targets: mx.array) -> tuple[mx.array, mx.array, mx.array]:
    """Losses and what their gradient needs: the exponentials and their sums."""
    top = logits.max(axis=-1, keepdims=True)
    powers = exp_of_negative(logits - top)
    total = powers.sum(axis=-1, keepdims=True)
    chosen = mx.take_along_axis(logits, targets[:, None], axis=-1)
    return (mx.log(total) + top - chosen)[:, 0], powers, total


def _losses_vjp(primals: Any, cotangents: Any, outputs: Any) -> tuple[mx.array, mx.array]:
    """The gradient of cross entropy: softmax minus one at the target."""
    _, targets = primals
    _, powers, total = outputs
    scale = cotangents[0][:, None]
    grad = powers * (scale / total)
    picked = mx.take_along_axis(grad, targets[:, None], axis=-1) - scale
    return mx.put_along_axis(grad, targets[:, None], picked, axis=-1), mx.zeros_like(targets)


_losses.vjp(_losses_vjp)


def token_losses(logits: mx.array, targets: mx.array) -> mx.array:
    """-log p(target) in nats for each of [n, vocabulary] logits and [n] targets."""
    if logits.dtype == mx.float32 and mx.default_device() == mx.cpu:
        exact: mx.array = _losses(logits, targets)[0]  # type: ignore[index]
        return exact
    losses: mx.array = nn.losses.cross_entropy(logits.astype(mx.float32), targets)
    return losses
