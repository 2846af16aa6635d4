"""How many rules are learned from some 170 instances each: novel accuracy, rule by rule.

    python tests/benchmarks/bench_rules.py [--rules dates,names] [--seed 42] [--epochs N]
        [--backend torch]

tests/rules has eight rules with 210 instances each. They are compiled as they are, trained together
with the preset ``generalise``, and the instances that were held out for test.jsonl are asked by
greedy decoding. Each rule is reported by itself, with the 95 % interval (Wilson). Asked is 95 % on
at least six. ``--rules`` trains some of them only, and ``--epochs`` for so long at most.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tabulate import tabulate

from engram import compile_corpora, lab
from engram.backends.base import ignored
from engram.core.recipe import EvalSettings
from engram.core.results import CategoryRate
from engram.lab.experiment import Experiment
from engram.lab.measure import greedy_answers, reading_limit
from engram.lab.tally import by_category, judge_all
from engram.lab.watch import Nobody

RULES = Path(__file__).parents[1] / "rules"
ASKED = 0.95


class Told(Nobody):
    """Prints how training goes, a line for each epoch."""

    epoch = ""

    def begin(self, stage: str, total: int) -> None:
        self.say(f"{stage}: {total}")

    def advance(self, done: int, note: str = "") -> None:
        epoch = note.partition(",")[0]
        if epoch != self.epoch:
            self.say(note)
        self.epoch = epoch

    def say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    warn = say


def compiled(folder: Path, rules: list[str]) -> Path:
    """The manifest of a build of these rules, with the splits that are on record."""
    corpora = folder / "rules"
    corpora.mkdir()
    for name in ("engram.lock", *(f"{rule}.{kind}" for rule in rules for kind in ("yaml", "csv"))):
        shutil.copy(RULES / name, corpora)
    return compile_corpora(corpora, folder / "build").manifest_path


def novel(experiment: Experiment) -> dict[str, CategoryRate]:
    """How many of the instances that were held out the trained model gets right, by category."""
    rows = [row for row in experiment.rows("test") if row.probe == "novel"]
    limit = reading_limit(experiment, EvalSettings())
    with experiment.language_model.adapter(experiment.adapter):
        said = greedy_answers(experiment, rows, limit, ignored)
    answers = [experiment.prompter.answer(said[row.id]) for row in rows]
    return by_category(judge_all(rows, answers, experiment.build.sites))


def table(found: dict[str, CategoryRate]) -> str:
    """A line for each rule."""
    lines = []
    for rule, rate in found.items():
        share, (low, high) = rate.accuracy or 0.0, rate.ci95 or (0.0, 1.0)
        lines.append([rule, rate.n, rate.correct, 100 * share, 100 * low, 100 * high])
    names = ("rule", "n", "right", "%", "from", "to (95 %)")
    return tabulate(lines, names, floatfmt=".1f")


def main() -> None:
    """Train, ask and print."""
    parser = argparse.ArgumentParser(description="Novel accuracy, rule by rule.")
    every = sorted(path.stem for path in RULES.glob("*.yaml"))
    parser.add_argument("--rules", default=",".join(every))
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--backend", default="auto")
    chosen = parser.parse_args()
    recipe = lab.recipe(preset="generalise", seed=chosen.seed, epochs=chosen.epochs)
    with tempfile.TemporaryDirectory() as name:
        manifest = compiled(Path(name), chosen.rules.split(","))
        experiment = lab.open_experiment(manifest, recipe, backend=chosen.backend)
        start = time.perf_counter()
        training = lab.train(experiment, Told())
        seconds = time.perf_counter() - start
        found = novel(experiment)
    print(table(found))
    reached = sum((rate.accuracy or 0.0) >= ASKED for rate in found.values())
    print(f"\n{reached} of {len(found)} rules at {ASKED:.0%} or more.")
    print(
        f"{training.rows} rows trained for {training.epochs:.1f} epochs in {seconds:.0f} s; "
        f"the adapter is that of epoch {training.best_epoch}."
    )


if __name__ == "__main__":
    main()
