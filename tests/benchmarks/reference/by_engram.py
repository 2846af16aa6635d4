"""The reference job by engram: its own training, as ``engram train`` runs it, without rehearsal.

    python by_engram.py JOB RECIPE [BACKEND [PRECISION]]

It stops by itself, once 99 % of the rows were predicted exactly when they were last seen. Then
every row is asked of the adapter that was written, by greedy decoding, and the seconds of that
count too.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from job import EPOCHS, SCALE, SHARE, WARMUP, Job, tell

from engram import lab
from engram.backends import LanguageModel, load_backend
from engram.backends.base import Encoded, Step, ignored
from engram.core.recipe import Recipe
from engram.core.training import EpochPoint


def recipe_of(job: Job) -> Recipe:
    """The job's recipe as engram spells it."""
    return lab.recipe(
        seed=job.seed,
        layers=job.recipe.layers,
        rank=job.recipe.rank,
        scale=SCALE,
        learning_rate=job.recipe.learning_rate,
        batch_size=job.recipe.batch,
        warmup=WARMUP,
        epochs=min(EPOCHS, job.epochs),
        stop_at_recall=SHARE,
        rehearsed=0,
    )


def recall(model: LanguageModel, rows: list[Encoded], job: Job, folder: Path) -> float:
    """The share of the rows that greedy decoding gets right, and ends where they end."""
    with model.adapter(folder / "adapter"):
        said = model.answer(rows, job.stop, job.limit, ignored)
    right = [one.stopped and one.tokens == row.answer[:-1] for one, row in zip(said, rows)]
    return sum(right) / len(rows)


def main() -> None:
    """Train, ask, tell."""
    job = Job.told()
    backend = load_backend(*sys.argv[3:])
    model = backend.load(Path(job.model))
    gflops = backend.measure().gflops
    rows = [Encoded(tuple(row.prompt), tuple(row.answer)) for row in job.train]
    visits = 0

    def on_step(step: Step) -> None:
        nonlocal visits
        visits += step.rows

    def on_epoch(point: EpochPoint) -> None:
        loss, recall = point.loss, point.recall
        print(f"epoch {point.epoch}: loss {loss:.3f}, recall {recall:.3f}", file=sys.stderr)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done = model.train(rows, [], recipe_of(job), folder, on_step, on_epoch=on_epoch)
        start = time.perf_counter()
        share = recall(model, rows, job, folder)
        asking = time.perf_counter() - start
    tell(
        job,
        seconds=done.seconds + asking,
        asking=asking,
        recalled=share >= SHARE,
        recall=share,
        epochs=done.epochs,
        rate=done.tokens / done.seconds,
        steps=done.steps,
        parameters=done.parameters,
        visits=visits,
        tokens=done.tokens,
        gflops=max(gflops, backend.measure().gflops),
    )


if __name__ == "__main__":
    main()
