"""Attention in operations that are cheap on a CPU, with the probabilities kept for the gradient.

MLX's own spends most of its time in exponentials on a CPU, and computes all of it again for the
gradient. Only fp32 on a CPU is served; elsewhere MLX's own is faster.
"""

from __future__ import annotations

from typing import Any

import mlx.core as mx

from engram.backends.mlx.pointwise import exp_of_negative

FAR = 1e30  # below any score


@mx.custom_function
def _attended(
    queries: mx.array, keys: mx.array, values: mx.array, seen: mx.array
) -> tuple[mx.array, mx.array]:
    """What is attended to, and how likely each position is, which the gradient needs."""
    scores = queries @ keys.swapaxes(-1, -2) + (seen - 1) * FAR
    # The exponential is never zero, and what is nearly so, divided, makes a processor slow.
    powers = exp_of_negative(scores - scores.max(axis=-1, keepdims=True)) * seen
    odds = powers / powers.sum(axis=-1, keepdims=True)
    return odds @ values, odds


def _attended_vjp(primals: Any, cotangents: Any, outputs: Any) -> tuple[mx.array, ...]:
    """With p = softmax(s) and o = p v: ds = p (do v' - sum(do o)) (Dao et al., 2022)."""
    queries, keys, values, seen = primals
    attended, odds = outputs
    given = cotangents[0]
    along = (given * attended).sum(axis=-1, keepdims=True)
    scores = odds * (given @ values.swapaxes(-1, -2) - along)
    return (
        scores @ keys,
        scores.swapaxes(-1, -2) @ queries,
        odds.swapaxes(-1, -2) @ given,
        mx.zeros_like(seen),
    )


_attended.vjp(_attended_vjp)


def attend(
    queries: mx.array, keys: mx.array, values: mx.array, scale: float, mask: mx.array | str | None
) -> mx.array:
    """softmax(scale q k' + mask) v (Vaswani et al., 2017), for fp32.

    ``queries``: [batch, heads, length, width]; ``keys`` and ``values``: [batch, groups, seen,
    width], each for heads / groups heads in turn (Ainslie et al., 2023, "GQA"). ``mask``: which of
    [..., length, seen] are seen, or ``causal``: the queries are the last positions of those seen.
    Gives [batch, heads, length, width of values].
    """
    batch, heads, length, width = queries.shape
    groups = keys.shape[1]
    each = heads // groups
    seen = _seen(mask, length, keys.shape[2])
    if seen.shape[-2] > 1:
        seen = mx.tile(seen, (*(1,) * (seen.ndim - 2), each, 1))
    grouped = (queries * scale).reshape(batch, groups, each * length, width)
    attended: mx.array = _attended(grouped, keys, values, seen)[0]  # type: ignore[index]
    return attended.reshape(batch, heads, length, -1)


def _seen(mask: mx.array | str | None, length: int, positions: int) -> mx.array:
    """1 where a position is seen and 0 elsewhere, [..., length or 1, positions or 1]."""
    if mask is None:
        return mx.ones((1, 1))
    if isinstance(mask, str):
        own = mx.arange(positions - length, positions)
        mask = own[:, None] >= mx.arange(positions)
    return mask.astype(mx.float32)
