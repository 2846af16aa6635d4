"""The exponential and what is made of it, in operations that are cheap on a CPU.

MLX's CPU exponential takes forty times as long as its multiplication: without this, a gated
activation costs more than a matrix product. Only fp32 on a CPU is served; elsewhere MLX's own are
faster.
"""

from __future__ import annotations

from typing import Any

import mlx.core as mx

# exp(x) = 2^n * 2^r with n = round(x / ln 2) and r = x / ln 2 - n. 2^r by the polynomial that
# equals it at the six Chebyshev nodes of |r| <= 1/2: relative error below 1.1e-7.
LOG2_E = 1.4426950408889634
POWER_OF_TWO = (
    0.001339086336353527,
    0.009676031918255982,
    0.05550357114222094,
    0.2402210748530968,
    0.6931471880262273,
    1.0000000754548972,
)
# Beyond these powers of two the result is not a normal fp32 number.
LEAST, MOST = -126.0, 127.0
# Added to a small number it leaves the nearest integer in the low bits of the mantissa, from where
# a shift takes it to the exponent (Anderson et al., "Cephes"; Schraudolph, 1999).
MAGIC = 1.5 * 2.0**23
MANTISSA_BITS = 23


def is_cheap(x: mx.array) -> bool:
    """Whether MLX computes ``x`` where the operations here are cheaper than its own."""
    return bool(x.dtype == mx.float32 and mx.default_device() == mx.cpu)


def exp(x: mx.array) -> mx.array:
    """exp(x) for fp32 x, cut off at 2^-126 and 2^127.

    Relative error below 2e-7, and 1e-7 more for each unit of x, from the rounding of x / ln 2.
    """
    y = mx.minimum(mx.maximum(x * LOG2_E, LEAST), MOST)
    return _power_of_two(y)


def exp_of_negative(x: mx.array) -> mx.array:
    """exp(x) for fp32 x <= 0, one pass cheaper."""
    return _power_of_two(mx.maximum(x * LOG2_E, LEAST))


def _power_of_two(y: mx.array) -> mx.array:
    shifted = y + MAGIC
    r = y - (shifted - MAGIC)
    first, *others = POWER_OF_TWO
    value = r * first + others[0]
    for coefficient in others[1:]:
        value = value * r + coefficient
    exponent = mx.left_shift(shifted.view(mx.int32), MANTISSA_BITS)
    return (value.view(mx.int32) + exponent).view(mx.float32)


@mx.custom_function
def _swiglu(gate: mx.array, up: mx.array) -> tuple[mx.array, mx.array]:
    """The activation, and the sigmoid that its gradient needs."""
    sigmoid = 1.0 / (exp(-gate) + 1.0)
    return gate * sigmoid * up, sigmoid


def _swiglu_vjp(primals: Any, cotangents: Any, outputs: Any) -> tuple[mx.array, mx.array]:
    """d silu(g) / dg = s + silu(g) * (1 - s), with s = sigmoid(g)."""
    gate, up = primals
    _, sigmoid = outputs
    silu = gate * sigmoid
    slope = silu - silu * sigmoid + sigmoid
    return cotangents[0] * up * slope, cotangents[0] * silu


_swiglu.vjp(_swiglu_vjp)


def swiglu(gate: mx.array, up: mx.array) -> mx.array:
    """silu(gate) * up (Shazeer, 2020, "GLU Variants Improve Transformer"), for fp32."""
    result: mx.array = _swiglu(gate, up)[0]  # type: ignore[index]
    return result
