"""Ranks that mlx.launch started: over the ring, MPI, NCCL, or whatever MLX has."""

from __future__ import annotations

import json
import os
import socket
from itertools import accumulate
from pathlib import Path

import mlx.core as mx
import numpy as np

from engram.backends.meeting import LONGEST, meet
from engram.backends.ranks import ALONE, Ranks, launched_for
from engram.core.errors import EngramError


def join() -> Ranks:
    """All ranks; the plain case where mlx.launch did not start this process.

    Raises EngramError where they do not meet.
    """
    if launched_for() != "mlx":
        return ALONE
    try:
        group = mx.distributed.init(strict=True)
    except (RuntimeError, ValueError) as error:
        if _launched_alone():
            return ALONE
        raise EngramError(
            f"The ranks that mlx.launch started do not meet: {error}",
            help="Try `mlx.launch --verbose`, or start engram without it.",
        ) from error
    return meet(group.rank(), group.size(), _host(), _spread, total)


def total(tensors: list[mx.array]) -> list[mx.array]:
    """Sums over all ranks, in one message."""
    if not tensors:
        return []
    flat = mx.concatenate([tensor.reshape(-1).astype(mx.float32) for tensor in tensors])
    *ends, _ = accumulate(tensor.size for tensor in tensors)
    parts = mx.split(mx.distributed.all_sum(flat), ends)
    summed = [part.reshape(t.shape).astype(t.dtype) for part, t in zip(parts, tensors)]
    mx.eval(summed)
    return summed


def _launched_alone() -> bool:
    """Whether mlx.launch was asked for a single process, which has no others to meet."""
    path = os.environ.get("MLX_HOSTFILE")
    return path is not None and not Path(path).read_text(encoding="utf-8").strip()


def _spread(data: bytes) -> bytes:
    """Rank 0's bytes on every rank: they are summed, and the others have none."""
    padded = np.frombuffer(data.ljust(LONGEST, b"\0"), np.uint8).astype(np.float32)
    return np.array(total([mx.array(padded)])[0]).astype(np.uint8).tobytes()


def _host() -> str:
    """Where the others reach the machine of rank 0, as far as mlx.launch says it."""
    if path := os.environ.get("MLX_HOSTFILE"):
        ring = json.loads(Path(path).read_bytes())
        return str(ring[0][0]).rpartition(":")[0]
    given = os.environ.get("MLX_JACCL_COORDINATOR", "").rpartition(":")[0]
    return os.environ.get("NCCL_HOST_IP") or given or socket.gethostname()
