"""The reference job: seconds of training until 270 rows are recalled exactly, beside two others.

    python tests/benchmarks/bench_reference.py [--rounds 3] [--seeds 42,43,44] [--most 12]
        [--peft PYTHON] [--tune] [--epochs N] [--sides engram,mlx_lm] [--no-answers]

Each side trains LoRA on all linear layers of the top blocks of SmolLM2-135M, in a process of its
own, by turns, a round with each seed: engram on MLX, and on PyTorch in bf16 and in single
precision; mlx_lm.lora's own training with the same BLAS; and, by the Python that ``--peft`` names
(one with torch, transformers and peft), transformers and PEFT, in both precisions. The clock runs
from the loaded model until 99 % of the rows are recalled, stop token included: for engram with the
seconds that it takes to ask them, for the others without. Whoever has taken ``--most`` times the
first side's seconds is stopped after that epoch, and its figure is a lower bound. engram rehearses
nothing here, since the others do not.

BEST is the best that was tried of each side so far. ``--tune`` looks for better: from START on, one
setting after another, every value of GRID beside the best so far. engram may have no more trainable
parameters than any other side.

The floor is what the products of engram's job alone take at the speed of this machine. Last, the
base's answers to test.jsonl: engram's evaluation beside mlx_lm.generate, prompt by prompt.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median, median_low
from typing import Any, NamedTuple

from reference.floor import floor
from reference.job import EPOCHS_AT_MOST, Recipe
from reference.render import render
from tabulate import tabulate

FOLDER = Path(__file__).with_name("reference")
GRID: dict[str, tuple[float, ...]] = {
    "layers": (8, 16, 30),
    "rank": (8, 16),
    "learning_rate": (5e-4, 1e-3, 2e-3),
    "batch": (4, 8, 16),
}
START = Recipe(layers=8, rank=16, learning_rate=1e-3, batch=16)
BEST = {
    "engram": Recipe(layers=8, rank=16, learning_rate=2e-3, batch=8),
    "engram-torch-bf16": Recipe(layers=8, rank=16, learning_rate=2e-3, batch=8),
    "engram-torch-fp32": Recipe(layers=8, rank=16, learning_rate=2e-3, batch=8),
    "mlx_lm": START,
    "peft-bf16": START,
    "peft-fp32": START,
}
Found = dict[str, Any]


class Bench(NamedTuple):
    """What all runs share: the rendered rows, and how each side is started."""

    rows: Path
    commands: dict[str, list[str]]
    epochs: int

    def run(self, side: str, recipe: Recipe, seed: int, most: float = math.inf) -> Found:
        """What one run of a side told."""
        rest = {"recipe": asdict(recipe), "seed": seed, "epochs": self.epochs, "most": most}
        python, script, *others = self.commands[side]
        return told([python, str(FOLDER / script), str(self.rows), json.dumps(rest), *others])


def told(command: list[str]) -> Found:
    """The last line of a process, which is JSON. Raises CalledProcessError if it fails."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def commands(peft: str | None) -> dict[str, list[str]]:
    """The Python and the script of each side, and what else it is told."""
    found = {
        "engram": [sys.executable, "by_engram.py", "mlx"],
        "engram-torch-bf16": [sys.executable, "by_engram.py", "torch", "bfloat16"],
        "engram-torch-fp32": [sys.executable, "by_engram.py", "torch", "float32"],
        "mlx_lm": [sys.executable, "by_mlx_lm.py"],
    }
    if peft:
        found["peft-bf16"] = [peft, "by_peft.py", "bfloat16"]
        found["peft-fp32"] = [peft, "by_peft.py", "float32"]
    return found


def size(recipe: Recipe) -> int:
    """What the number of trainable parameters is proportional to, on every side."""
    return recipe.layers * recipe.rank


def ours(side: str) -> bool:
    """Whether a side is engram's."""
    return side.startswith("engram")


def tune(bench: Bench, seed: int) -> None:
    """Find and print the best recipe of each side, engram's last: it is bound by the others'."""
    best = BEST.copy()
    for side in sorted(bench.commands, key=ours):
        least = min(size(recipe) for name, recipe in best.items() if not ours(name))
        best[side] = tuned(bench, side, seed, least if ours(side) else None)
        print(f"{side}: {best[side]}", flush=True)


def tuned(bench: Bench, side: str, seed: int, most: int | None) -> Recipe:
    """The best recipe of a side, of at most so large a ``size``."""
    best, seconds = START, math.inf
    tried: set[Recipe] = set()
    for name, values in GRID.items():
        for value in values:
            recipe = replace(best, **{name: value})
            if recipe in tried or (most and size(recipe) > most):
                continue
            tried.add(recipe)
            found = bench.run(side, recipe, seed, seconds)
            print(f"  {side}: {recipe}: {outcome(found)}", flush=True)
            if found["recalled"] and found["seconds"] < seconds:
                best, seconds = recipe, found["seconds"]
    return best


def outcome(found: Found) -> str:
    """How a run ended, in a few words."""
    reached = "recalled" if found["recalled"] else "not recalled"
    return f"{found['epochs']:.0f} epochs, {found['seconds']:.0f} s, {reached}"


def compare(bench: Bench, seeds: list[int], most: float) -> dict[str, list[Found]]:
    """All rounds: what every side told in each. One in which engram fails counts as lost to all."""
    found: dict[str, list[Found]] = {side: [] for side in bench.commands}
    for seed in seeds:
        first = bench.run("engram", BEST["engram"], seed)
        for side in bench.commands:
            limit = most * first["seconds"]
            one = first if side == "engram" else bench.run(side, BEST[side], seed, limit)
            ratio = one["seconds"] / first["seconds"] if first["recalled"] else 0.0
            found[side].append(one | {"ratio": ratio})
            print(f"  seed {seed}, {side}: {outcome(one)}", file=sys.stderr, flush=True)
    return found


def line(side: str, rounds: list[Found]) -> list[object]:
    """The medians of a side. A round in which it did not get there counts as slower than any."""
    middle = median_low(sorted((not one["recalled"], one["ratio"]) for one in rounds))
    recipe = BEST[side]
    return [
        side,
        rounds[0]["parameters"],
        f"{recipe.layers} x {recipe.rank}, {recipe.learning_rate:g}, {recipe.batch}",
        median(one["epochs"] for one in rounds),
        median(one["rate"] for one in rounds),
        median(one["seconds"] for one in rounds),
        f"{'over ' if middle[0] else ''}{middle[1]:.2f}",
    ]


def report(bench: Bench, found: dict[str, list[Found]]) -> None:
    """Print the table, and the floor of engram's job."""
    names = ("", "parameters", "layers x rank, rate, batch", "epochs", "tokens/s", "s", "x engram")
    lines = [line(side, rounds) for side, rounds in found.items()]
    print(tabulate(lines, names, intfmt=",", floatfmt=("", "", "", ".1f", ".0f", ".1f", "")))
    if "engram" in found:
        rows = json.loads(bench.rows.read_text(encoding="utf-8"))
        floors = [floor(rows, one) for one in found["engram"]]
        ratio = median(one["seconds"] / least for one, least in zip(found["engram"], floors))
        speed = median(one["gflops"] for one in found["engram"])
        print(
            f"\nThe floor of engram's job is {median(floors):.1f} s, at {speed:.0f} GFLOP/s; "
            f"engram takes {ratio:.2f} times that."
        )


def answers(bench: Bench, rounds: int) -> None:
    """Print what answering takes on both sides, by turns, and whether they say the same."""
    rest = {"recipe": asdict(START), "seed": 0, "epochs": 0, "most": 0}
    tail = [str(bench.rows), json.dumps(rest)]
    found: dict[str, list[Found]] = {"engram": [], "mlx_lm": []}
    for _ in range(rounds):
        for side, seen in found.items():
            seen.append(told([sys.executable, str(FOLDER / "answers.py"), side, *tail]))
    here, theirs = found["engram"], found["mlx_lm"]
    said = list(zip(here[0]["answers"], theirs[0]["answers"]))
    ratio = median(b["seconds"] / a["seconds"] for a, b in zip(here, theirs))
    print(
        f"\nAnswers of the base to test.jsonl: {sum(a == b for a, b in said)} of {len(said)} are "
        f"those of mlx_lm.generate; {median(one['seconds'] for one in here):.1f} s against "
        f"{median(one['seconds'] for one in theirs):.1f} s, {ratio:.2f} times as long."
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time to 99 % recall of the reference job.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", default="42,43,44")
    parser.add_argument("--most", type=float, default=12.0)
    parser.add_argument("--peft", metavar="PYTHON")
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--epochs", type=int, default=EPOCHS_AT_MOST)
    parser.add_argument("--sides", help="some of the sides only, e.g. engram,mlx_lm")
    parser.add_argument("--no-answers", action="store_true")
    chosen = parser.parse_args()
    seeds = [int(seed) for seed in chosen.seeds.split(",")]
    seeds = [seeds[turn % len(seeds)] for turn in range(chosen.rounds)]
    sides = commands(chosen.peft)
    if chosen.sides:
        sides = {side: sides[side] for side in chosen.sides.split(",")}
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name) / "job.json", sides, chosen.epochs)
        render(bench.rows)
        if chosen.tune:
            tune(bench, seeds[0])
            return
        report(bench, compare(bench, seeds, chosen.most))
        if not chosen.no_answers:
            answers(bench, chosen.rounds)


if __name__ == "__main__":
    main()
