"""How fast this machine multiplies, through mlx, in the shape that training spends its time on."""

from __future__ import annotations

import time
from dataclasses import dataclass

import mlx.core as mx

# Tokens of a batch through the gate of SmolLM2-135M's MLP.
ROWS, INNER, COLUMNS = 512, 576, 1536
SECONDS = 0.4
LEAST_RUNS = 3
# An optimised BLAS does a hundred on two cores; the reference one never does ten.
FAST = 20.0


@dataclass(frozen=True, slots=True)
class Measured:
    """The speed of float32 products in 10^9 operations a second, and what computed them."""

    gflops: float
    device_name: str

    @property
    def fast(self) -> bool:
        return self.gflops >= FAST


def measure_gflops() -> Measured:
    """The speed of the best of a few products: other programs can only make one slower."""
    left = mx.random.normal((ROWS, INNER), key=mx.random.key(0))
    right = mx.random.normal((COLUMNS, INNER), key=mx.random.key(1))
    mx.eval(left, right)
    _product(left, right)
    times: list[float] = []
    while len(times) < LEAST_RUNS or sum(times) < SECONDS:
        times.append(_product(left, right))
    operations = 2 * ROWS * INNER * COLUMNS
    return Measured(operations / min(times) / 1e9, str(mx.device_info().get("device_name", "")))


def _product(left: mx.array, right: mx.array) -> float:
    start = time.perf_counter()
    mx.eval(left @ right.T)
    return time.perf_counter() - start
