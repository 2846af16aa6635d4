"""How fast this machine multiplies, in the shape that training spends its time on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

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


def gflops(product: Callable[[], None]) -> float:
    """The speed of the best of a few products: other programs can only make one slower.

    ``product`` computes one, [ROWS, INNER] @ [INNER, COLUMNS], to its end.
    """
    product()
    times: list[float] = []
    while len(times) < LEAST_RUNS or sum(times) < SECONDS:
        start = time.perf_counter()
        product()
        times.append(time.perf_counter() - start)
    return 2 * ROWS * INNER * COLUMNS / min(times) / 1e9
