"""How fast this machine multiplies through torch."""

from __future__ import annotations

import platform

import torch

from engram.backends.measured import COLUMNS, INNER, ROWS, Measured, gflops


def measure_gflops(device: str) -> Measured:
    """The speed of products in float32 on a device."""
    left = torch.randn(ROWS, INNER, device=device)
    right = torch.randn(COLUMNS, INNER, device=device)

    def product() -> None:
        # Reading a number waits for all that was computed before it.
        (left @ right.T)[0, 0].item()

    name = torch.cuda.get_device_name() if device == "cuda" else platform.machine()
    return Measured(gflops(product), name)
