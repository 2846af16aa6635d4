"""How compile grows, up to a million patterns, beside the pipeline that a user would write.

    python -m pip install --group bench      # datasketch, scikit-learn, matplotlib
    python tests/benchmarks/bench_scale.py [--sizes 10000,100000,1000000] [--beside 100000]
                                           [--rounds 1] [--plot scale.png]

Patterns are JSON lines of eight words and a number, one in ten another one reworded, in 40
categories, with one phrasing each. Every command is a process of its own; both run by turns.
The pipeline (pipeline.py) reads, groups near-duplicates, splits and writes, and does no more.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measured import Cost, cost_of
from tabulate import tabulate

PIPELINE = Path(__file__).with_name("pipeline.py")
PARTS = ("bar", "cel", "dor", "fen", "gal", "hum", "jor", "kel", "lim", "mor", "nat", "pol", "ros")
WORDS = [f"{a}{b}" for a in PARTS for b in PARTS]
HEADER = "name: bench\ndescription: Made up\nphrasings: []\n"


def patterns(count: int) -> Iterator[dict[str, str]]:
    """So many patterns; every tenth is the one before it in other words."""
    for number in range(count):
        asked = number - 1 if number % 10 == 9 else number
        state = asked * 2654435761 % 2**32
        words = [WORDS[(state >> (3 * at)) % len(WORDS)] for at in range(8)]
        again = "please " if asked != number else ""
        yield {
            "input": f"{again}{' '.join(words)} {asked}",
            "output": f"{words[3]} {words[5]} {asked % 5000}",
            "category": f"c{asked % 40}",
        }


def write(folder: Path, count: int) -> Path:
    """A folder with one corpus of so many patterns."""
    folder.mkdir()
    (folder / "bench.corpus.yaml").write_text(HEADER, encoding="utf-8")
    with (folder / "bench.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(pattern)}\n" for pattern in patterns(count))
    return folder


def engram(corpora: Path, out: Path) -> Cost:
    """What a first compilation costs, with nothing on record."""
    shutil.rmtree(out, ignore_errors=True)
    (corpora / "engram.lock").unlink(missing_ok=True)
    return cost_of([sys.executable, "-m", "engram", "compile", str(corpora), "-o", str(out)])


def pipeline(corpora: Path, out: Path) -> Cost:
    """What the user's pipeline costs."""
    return cost_of([sys.executable, str(PIPELINE), str(corpora / "bench.jsonl"), str(out)])


def least(costs: list[Cost]) -> Cost:
    """The run that was disturbed least."""
    return min(costs, key=lambda cost: cost.processor)


def beside(folder: Path, size: int, rounds: int) -> None:
    """Both sides on one corpus, by turns."""
    corpora = write(folder / "beside", size)
    ours: list[Cost] = []
    theirs: list[Cost] = []
    for number in range(rounds):
        ours.append(engram(corpora, folder / "ours"))
        theirs.append(pipeline(corpora, folder / f"theirs{number}"))
    one, other = least(ours), least(theirs)
    rows = [
        [name, cost.wall, cost.processor, cost.resident / 2**20, cost.processor / one.processor]
        for name, cost in (("engram compile", one), ("pipeline", other))
    ]
    print(f"{size:,} patterns, first compilation\n")
    headers = ("", "wall s", "CPU s", "MiB", "x engram (CPU)")
    print(tabulate(rows, headers=headers, floatfmt=("", ".1f", ".1f", ".0f", ".2f")), "\n")


def curve(folder: Path, sizes: list[int], rounds: int) -> list[tuple[int, Cost]]:
    """What a pattern costs at each size."""
    found: list[tuple[int, Cost]] = []
    for size in sizes:
        corpora = write(folder / f"size{size}", size)
        found.append((size, least([engram(corpora, folder / "out") for _ in range(rounds)])))
        shutil.rmtree(corpora)
    first = found[0][1].processor / found[0][0]
    rows = [
        [
            size,
            cost.wall,
            cost.processor,
            cost.processor / size * 1e6,
            cost.processor / size / first,
            cost.resident / 2**20,
        ]
        for size, cost in found
    ]
    headers = ("patterns", "wall s", "CPU s", "us / pattern", "x the first", "MiB")
    print(tabulate(rows, headers=headers, floatfmt=(",d", ".1f", ".1f", ".0f", ".2f", ".0f")))
    return found


def draw(found: list[tuple[int, Cost]], path: Path) -> None:
    """The curve as a picture."""
    from matplotlib import pyplot

    sizes = [size for size, _ in found]
    _, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.5), constrained_layout=True)
    left.plot(sizes, [cost.processor / size * 1e6 for size, cost in found], "o-")
    left.set(xscale="log", ylim=(0, None), xlabel="patterns", ylabel="CPU µs a pattern")
    right.plot(sizes, [cost.resident / 2**30 for _, cost in found], "o-")
    right.set(xscale="log", yscale="log", xlabel="patterns", ylabel="GiB resident, at most")
    pyplot.savefig(path, dpi=120)
    print(f"\nplot: {path}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How compile grows.")
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--beside", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--plot", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if chosen.beside:
            beside(Path(name), chosen.beside, chosen.rounds)
        sizes = [int(size) for size in chosen.sizes.split(",") if size]
        if sizes:
            found = curve(Path(name), sizes, chosen.rounds)
            if chosen.plot:
                draw(found, chosen.plot)


if __name__ == "__main__":
    main()
