"""How much memory a model and its batches may take."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
# Where a container finds its own limit and use: cgroup version 2, then version 1.
CGROUP = Path("/sys/fs/cgroup")
LIMITS = (
    ("memory.max", "memory.current", "memory.stat"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
)


def available_memory() -> int | None:
    """Bytes that can be allocated now without swapping, or None where the system does not say.

    On Linux this is ``MemAvailable``, or less where the container's limit leaves less. On macOS it
    is the free, inactive and purgeable pages, which Metal shares.
    """
    if sys.platform == "darwin":
        return _macos()
    known = [size for size in (_meminfo(MEMINFO), _cgroup(CGROUP)) if size is not None]
    return min(known, default=None)


def total_memory() -> int | None:
    """Bytes of memory in this machine, or None where the system does not say."""
    if sys.platform == "darwin":
        answer = _ask("/usr/sbin/sysctl", "-n", "hw.memsize").strip()
        return int(answer) if answer.isdigit() else None
    return _meminfo(MEMINFO, "MemTotal:")


def _meminfo(path: Path, label: str = "MemAvailable:") -> int | None:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith(label):
            return int(line.split()[1]) * 1024
    return None


def _cgroup(root: Path) -> int | None:
    """What the container's limit leaves. Cached files count as used there, but give way at need."""
    for limit, usage, statistics in LIMITS:
        try:
            most = (root / limit).read_text(encoding="ascii").strip()
            used = int((root / usage).read_text(encoding="ascii"))
            cached = _inactive_files((root / statistics).read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
        if most.isdigit():
            return max(0, int(most) - max(0, used - cached))
    return None


def _inactive_files(statistics: str) -> int:
    counts = dict(line.split(maxsplit=1) for line in statistics.splitlines() if " " in line)
    return int(counts.get("total_inactive_file", counts.get("inactive_file", "0")))


def _macos() -> int | None:
    """Pages that are free or given up at once, as ``vm_stat`` counts them."""
    lines = _ask("/usr/bin/vm_stat").splitlines()
    if not lines:
        return None
    size = next((int(word) for word in lines[0].split() if word.isdigit()), 4096)
    counts = dict(line.rstrip(".").split(":", 1) for line in lines[1:] if ":" in line)
    kinds = ("Pages free", "Pages inactive", "Pages purgeable", "Pages speculative")
    return size * sum(int(counts.get(kind, "0")) for kind in kinds)


def _ask(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)  # noqa: S603 - fixed system paths
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
