"""How many threads to use: the cores that this process may really have."""

from __future__ import annotations

import math
import os
from collections.abc import MutableMapping
from pathlib import Path

TOPOLOGY = Path("/sys/devices/system/cpu")
CGROUP = Path("/sys/fs/cgroup")
THREAD_SETTINGS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def allowed_cores() -> int:
    """The number of physical cores open to this process: its affinity, cut by a container's quota.

    Two hardware threads of one core count once: they share the multipliers that a matrix product
    keeps busy.
    """
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    cores = {_core_of(cpu) for cpu in os.sched_getaffinity(0)}
    return max(1, min(len(cores), _quota(CGROUP)))


def fix_threads(environment: MutableMapping[str, str], cores: int) -> None:
    """Pin the thread counts that a BLAS reads when it is loaded, but none that the user has set.

    A count that changes between runs changes the order of additions, and so the last digits.
    """
    chosen = environment.get("OMP_NUM_THREADS", str(cores))
    for name in THREAD_SETTINGS:
        environment.setdefault(name, chosen)
    environment.setdefault("MKL_DYNAMIC", "FALSE")
    environment.setdefault("OMP_DYNAMIC", "FALSE")


def _core_of(cpu: int) -> tuple[str, str]:
    folder = TOPOLOGY / f"cpu{cpu}" / "topology"
    try:
        return _text(folder / "physical_package_id"), _text(folder / "core_id")
    except OSError:
        return "cpu", str(cpu)


def _quota(root: Path) -> int:
    """The container's share of processor time in whole cores, rounded up; huge where unlimited."""
    try:
        limit, period = _text(root / "cpu.max").split()
    except (OSError, ValueError):
        try:
            limit = _text(root / "cpu" / "cpu.cfs_quota_us")
            period = _text(root / "cpu" / "cpu.cfs_period_us")
        except OSError:
            limit, period = "max", "1"
    if not limit.isdigit() or not period.isdigit() or int(period) == 0:
        return 1 << 20
    return math.ceil(int(limit) / int(period))


def _text(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()
