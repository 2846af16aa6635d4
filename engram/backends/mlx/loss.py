"""Cross entropy over a large vocabulary, exact and cheap on a CPU.

MLX's CPU exponential is slow enough that the softmax over the vocabulary costs more than the matrix
product before it. Here the exponential is a polynomial in cheap operations, computed once and kept
for the gradient.
"""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import mlx.nn as nn

# exp(x) = 2^n * exp(r) with n = round(x / ln 2), r = x - n ln 2 in two parts (Cody & Waite, 1980,
# "Software Manual for the Elementary Functions"), exp(r) by its Taylor polynomial of degree 7 on
# |r| <= ln(2) / 2: relative error below 3e-7 in single precision.
LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.693359375, -2.12194440e-4
TAYLOR = tuple(1 / n for n in (5040, 720, 120, 24, 6, 2))
MOST_NEGATIVE = -87.0  # exp of less is not a normal fp32 number


def exp_of_negative(x: mx.array) -> mx.array:
    """exp(x) for fp32 x <= 0; what is below the smallest normal number becomes about 1e-38."""
    x = mx.maximum(x, MOST_NEGATIVE)
    n = mx.round(x * LOG2_E)
    r = x - n * LN2_HIGH - n * LN2_LOW
    poly = mx.array(TAYLOR[0], dtype=mx.float32)
    for coefficient in TAYLOR[1:]:
        poly = poly * r + coefficient
    power = mx.left_shift(n.astype(mx.int32) + 127, mx.array(23)).view(mx.float32)
    return (poly * (r * r) + r + 1.0) * power


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
