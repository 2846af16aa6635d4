"""How long validate and compile take, beside what any command on this machine takes at least.

    python tests/benchmarks/bench_compile.py [CORPORA]

Every command runs in a process of its own, by turns, so that a busy moment hits all of them alike;
the least and the middle of the wall times are printed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tabulate import tabulate

ROUNDS = 11
COLUMNS = ("", "least, s", "median, s", "x python", "x imports")
IMPORTS = "import click, jsonschema, pydantic, rfc8785, ruamel.yaml, tabulate"


def seconds(command: Sequence[str]) -> float:
    """The wall time of one run of a command, which must succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main(corpora: str) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as out:
        engram = [sys.executable, "-m", "engram"]
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "python -c 'import (dependencies)'": [sys.executable, "-c", IMPORTS],
            "engram validate": [*engram, "validate", corpora],
            "engram compile, new": [*engram, "compile", corpora, "-o", out],
            "engram compile, unchanged": [*engram, "compile", corpora, "-o", out],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            (Path(out) / "manifest.json").unlink(missing_ok=True)
            for name, command in commands.items():
                times[name].append(seconds(command))
    python, imports, *_ = (min(of_one) for of_one in times.values())
    rows = [
        [name, min(t), median(t), min(t) / python, min(t) / imports] for name, t in times.items()
    ]
    print(tabulate(rows, headers=COLUMNS, floatfmt=("", ".3f", ".3f", ".1f", ".2f")))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "corpora")
