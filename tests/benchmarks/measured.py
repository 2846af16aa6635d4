"""One command in a process of its own: how long it took and how much memory it had."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from typing import NamedTuple

# ru_maxrss counts kilobytes on Linux.
KILO = 1024


class Cost(NamedTuple):
    """Wall and processor seconds, and the most bytes that were resident at once."""

    wall: float
    processor: float
    resident: int


def cost_of(command: Sequence[str], expected: int = 0) -> Cost:
    """What one run of a command costs; SystemExit if it ends with another code than expected."""
    # Installed programs have their bytecode; that one runs from a source tree must not cost it.
    surroundings = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=surroundings)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != expected:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    wall = time.perf_counter() - start
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * KILO)
