"""How the memory of training grows with the corpus: the most that was resident, over 50 steps.

    python tests/benchmarks/bench_memory.py [--sizes 1000,10000,100000] [--steps 50]
                                            [--model smollm2-135m] [--in-memory 1024]

Each line is `engram train` on a build of so many rows, in a process of its own: verifying the
build, encoding its rows, keeping what the frozen layers compute, and so many steps at batch 16. The
first figure is what is kept for the rows, in memory up to ``--in-memory`` MiB and else on disk; the
others what was resident at most, once before the model was loaded and once at the end. Without
``--model`` it is a random model as wide as the default one (576), so that a row's states are as
large, but with nothing below the adapter, so that they are there at once.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tabulate import tabulate

ROOT = Path(__file__).parents[2]
HEADER = "name: bench\ndescription: Made up\nphrasings: []\nholdout: variant\n"
TINY = """
import sys
from pathlib import Path
from tests import tiny
tiny.HIDDEN, tiny.INNER, tiny.HEADS, tiny.KV_HEADS = 576, 1536, 9, 3
tiny.tiny_model(Path(sys.argv[1]))
"""
TRAIN = """
import json, os, resource, sys
from pathlib import Path
from engram import lab
from engram.backends import kept
from engram.lab.prompt import encode_rows
from engram.lab.watch import Nobody

manifest, model, steps, layers, most = sys.argv[1:]
kept.IN_MEMORY = int(most) * 2**20
place_for = kept.place_for
found = {"before": 0, "bytes": 0, "place": ""}

def resident():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def watched(lengths, width, form, folder):
    if len(lengths) >= found.get("rows", 0):
        found.update(rows=len(lengths), bytes=sum(lengths) * width * form.size, before=resident())
    return place_for(lengths, width, form, folder)

from engram.backends import states
states.place_for = watched

class Stop(Nobody):
    steps = 0
    def advance(self, done, note=""):
        self.steps += bool(note)
        if self.steps == int(steps):
            print(json.dumps({**found, "resident": resident()}), flush=True)
            os._exit(0)

    def say(self, line):
        print(line, file=sys.stderr)

    warn = say

recipe = lab.recipe(model, layers=int(layers), batch_size=16, epochs=1000)
lab.train(lab.open_experiment(Path(manifest), recipe.model_copy(update={"rehearsed": 0})), Stop())
"""


def build_of(folder: Path, rows: int) -> Path:
    """The manifest of a build whose train.jsonl has so many rows."""
    folder.mkdir()
    (folder / "bench.corpus.yaml").write_text(HEADER, encoding="utf-8")
    with (folder / "bench.jsonl").open("w", encoding="utf-8") as file:
        for number in range(rows):
            asked, answer = f"the code of {number}", f"{number * 7919 % 100_003} it is"
            pattern = {"input": asked, "output": answer, "category": f"c{number % 40}"}
            file.write(json.dumps(pattern) + "\n")
    command = [sys.executable, "-m", "engram", "compile", str(folder), "-o", str(folder / "build")]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "build/manifest.json"


def measure(folder: Path, rows: int, model: str, layers: int, chosen: argparse.Namespace) -> list:
    """One line of the table."""
    manifest = build_of(folder / str(rows), rows)
    start = time.perf_counter()
    numbers = map(str, (chosen.steps, layers, chosen.in_memory))
    command = [sys.executable, "-c", TRAIN, str(manifest), model, *numbers]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    place = "memory" if found["bytes"] <= chosen.in_memory * 2**20 else "disk"
    sizes = [found[name] / 2**20 for name in ("bytes", "before", "resident")]
    return [found["rows"], sizes[0], place, *sizes[1:], time.perf_counter() - start]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How the memory of training grows.")
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--model")
    parser.add_argument("--in-memory", type=int, default=1024)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, layers = Path(name), 8
        if not chosen.model:
            layers, model = 4, folder / "model"
            subprocess.run([sys.executable, "-c", TINY, str(model)], check=True, cwd=ROOT)
        sizes = [int(size) for size in chosen.sizes.split(",")]
        lines = [
            measure(folder, size, chosen.model or str(model), layers, chosen) for size in sizes
        ]
    headers = ("rows", "kept, MiB", "where", "MiB before", "MiB at the end", "seconds")
    print(tabulate(lines, headers=headers, floatfmt=(",d", ".0f", "", ".0f", ".0f", ".0f")))


if __name__ == "__main__":
    main()
