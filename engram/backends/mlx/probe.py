"""How fast this machine multiplies through mlx."""

from __future__ import annotations

import mlx.core as mx

from engram.backends.measured import COLUMNS, INNER, ROWS, Measured, gflops


def measure_gflops() -> Measured:
    """The speed of products in float32."""
    left = mx.random.normal((ROWS, INNER), key=mx.random.key(0))
    right = mx.random.normal((COLUMNS, INNER), key=mx.random.key(1))
    mx.eval(left, right)
    found = gflops(lambda: mx.eval(left @ right.T))
    return Measured(found, str(mx.device_info().get("device_name", "")))
