"""Ranks that torchrun or accelerate started: over gloo on CPUs, and NCCL on NVIDIA's GPUs."""

from __future__ import annotations

import os

import numpy as np
import torch
import torch.distributed as dist

from engram.backends.meeting import LONGEST, meet
from engram.backends.ranks import ALONE, Ranks, launched_for
from engram.core.errors import EngramError


def join(device: str) -> Ranks:
    """All ranks; the plain case where torchrun did not start this process.

    Raises EngramError where they do not meet.
    """
    if launched_for() != "torch" or os.environ.get("WORLD_SIZE", "1") == "1":
        return ALONE
    try:
        if device == "cuda":
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        dist.init_process_group("nccl" if device == "cuda" else "gloo")
    except (RuntimeError, ValueError) as error:
        raise EngramError(
            f"The ranks that torchrun started do not meet: {error}",
            help="Start engram by torchrun, or without it.",
        ) from error
    host = os.environ["MASTER_ADDR"]

    def spread(data: bytes) -> bytes:
        """Rank 0's bytes on every rank: they are summed, and the others have none."""
        padded = np.frombuffer(data.ljust(LONGEST, b"\0"), np.uint8).astype(np.float32)
        found = total([torch.tensor(padded, device=device)])[0]
        return found.cpu().numpy().astype(np.uint8).tobytes()

    return meet(dist.get_rank(), dist.get_world_size(), host, spread, total)


def total(tensors: list[torch.Tensor]) -> list[torch.Tensor]:
    """Sums over all ranks, in one message."""
    flat = torch.cat([tensor.flatten().float() for tensor in tensors])
    dist.all_reduce(flat)
    parts = flat.split([tensor.numel() for tensor in tensors])  # type: ignore[no-untyped-call]
    return [part.view_as(t).to(t.dtype) for part, t in zip(parts, tensors)]
