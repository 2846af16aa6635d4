"""Cross entropy and divergence over a large vocabulary, exact and cheap on a CPU.

The exponentials of the softmax over the vocabulary are the cheap ones of ``pointwise``, computed
once and kept for the gradient.
"""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import mlx.nn as nn

from engram.backends.mlx.pointwise import exp_of_negative, is_cheap


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


@mx.custom_function
def _divergences(logits: mx.array, base: mx.array) -> tuple[mx.array, mx.array]:
    """Divergences and their gradient."""
    (odds, log_odds), (base_odds, base_log_odds) = _softmax(logits), _softmax(base)
    return (base_odds * (base_log_odds - log_odds)).sum(axis=-1), odds - base_odds


def _divergences_vjp(primals: Any, cotangents: Any, outputs: Any) -> tuple[mx.array, mx.array]:
    """The gradient of KL(base || tuned) by the tuned logits: its softmax minus the base's."""
    return outputs[1] * cotangents[0][:, None], mx.zeros_like(primals[1])


_divergences.vjp(_divergences_vjp)


def _softmax(logits: mx.array) -> tuple[mx.array, mx.array]:
    """Probabilities and their logarithms."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    powers = exp_of_negative(shifted)
    total = powers.sum(axis=-1, keepdims=True)
    return powers / total, shifted - mx.log(total)


def token_losses(logits: mx.array, targets: mx.array) -> mx.array:
    """-log p(target) in nats for each of [n, vocabulary] logits and [n] targets."""
    if is_cheap(logits):
        exact: mx.array = _losses(logits, targets)[0]  # type: ignore[index]
        return exact
    losses: mx.array = nn.losses.cross_entropy(logits.astype(mx.float32), targets)
    return losses


def divergences(logits: mx.array, base: mx.array) -> mx.array:
    """KL(base || tuned) in nats for each of [n, vocabulary] logits.

    No gradient reaches ``base``.
    """
    if is_cheap(logits):
        exact: mx.array = _divergences(logits, base)[0]  # type: ignore[index]
        return exact
    known = _log_softmax(mx.stop_gradient(base))
    return (mx.exp(known) * (known - _log_softmax(logits))).sum(axis=-1)


def _log_softmax(logits: mx.array) -> mx.array:
    logits = logits.astype(mx.float32)
    return logits - mx.logsumexp(logits, axis=-1, keepdims=True)
