"""What is learnt against what is kept: paraphrases answered, and the base's behaviour elsewhere.

    python tests/benchmarks/bench_tradeoff.py [--settings '0;512;1024;1024 --layers 10']
                                              [--into FOLDER] [--plot tradeoff.png]

For every setting one whole run of engram on the bundled corpora: the number of rehearsed prompts,
and further options of ``engram run``. Each takes some ten minutes on two cores. With ``--into`` the
build and its runs are kept, and what was finished in an earlier call is not done again.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tabulate import tabulate

from engram.core.results import Report
from engram.lab.figures import Measured, figures
from engram.report.write import read_report

CORPORA = Path(__file__).parents[2] / "corpora"
ENGRAM = (sys.executable, "-m", "engram")
COLUMNS = {
    "recall": "recall",
    "variant": "variant",
    "novel": "novel",
    "top1": "locality.top1",
    "KL": "locality.kl",
    "stored": "locality.stored",
}


class Outcome(NamedTuple):
    """A setting and what it came to."""

    setting: str
    report: Report

    def figure(self, name: str) -> Measured:
        """One of the report's figures."""
        return figures()[name].read(self.report)

    def cells(self) -> list[str]:
        """The line of the table."""
        found = [self.figure(name) for name in COLUMNS.values()]
        shown = [
            f"{one.value:.3f}" if name == "KL" else f"{100 * (one.value or 0):.1f}% of {one.n}"
            for name, one in zip(COLUMNS, found)
        ]
        return [self.setting, *shown, f"{self.report.training.seconds:.0f}"]


def run(build: Path, setting: str) -> Outcome:
    """One run of engram; SystemExit if it fails."""
    options = ["--rehearsed", *shlex.split(setting)]
    command = [*ENGRAM, "run", "--manifest", str(build / "manifest.json"), *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{shlex.join(command)} ended with {done.returncode}")
    # The first line is: run ID of build ID.
    (folder,) = build.glob(f"runs/{done.stdout.split()[1]}*")
    return Outcome(setting, read_report(folder))


def draw(outcomes: list[Outcome], path: Path) -> None:
    """The curve as a picture."""
    from matplotlib import pyplot

    _, axes = pyplot.subplots(figsize=(5, 4), constrained_layout=True)
    kept = [100 * (outcome.figure("locality.top1").value or 0) for outcome in outcomes]
    learnt = [100 * (outcome.figure("variant").value or 0) for outcome in outcomes]
    axes.plot(kept, learnt, "o-")
    for outcome, point in zip(outcomes, zip(kept, learnt)):
        axes.annotate(f" {outcome.setting}", point)
    axes.set(xlabel="first token as the base has it, %", ylabel="variants answered, %")
    pyplot.savefig(path, dpi=120)
    print(f"\nplot: {path}")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description="What rehearsal costs and what it keeps.")
    parser.add_argument("--settings", default="0;128;512;1024")
    parser.add_argument("--into", type=Path)
    parser.add_argument("--plot", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        build = (chosen.into or Path(name)) / "build"
        compiling = [*ENGRAM, "compile", str(CORPORA), "-o", str(build)]
        subprocess.run(compiling, check=True, stdout=subprocess.DEVNULL)
        outcomes = [run(build, setting.strip()) for setting in chosen.settings.split(";")]
    print(tabulate([o.cells() for o in outcomes], headers=("rehearsed", *COLUMNS, "training s")))
    if chosen.plot:
        draw(outcomes, chosen.plot)


if __name__ == "__main__":
    main()
