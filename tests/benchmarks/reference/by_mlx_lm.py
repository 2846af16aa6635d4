"""The reference job by mlx_lm: ``mlx_lm.lora``'s own training, with the BLAS that engram loads.

Its rows, prompt masking, batches, optimiser and schedule are its own; single precision, since a CPU
is far slower at any other. Only the seconds of its training count, not those in which recall is
asked, after the epochs whose loss suggests it.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from types import SimpleNamespace
from typing import Any

from job import EPOCHS, SCALE, WARMUP, Course, Job

from engram.runtime import prepare

prepare()

import mlx.core as mx  # noqa: E402 - after the BLAS
import numpy as np  # noqa: E402
from mlx.nn import Module  # noqa: E402
from mlx.utils import tree_flatten  # noqa: E402
from mlx_lm import load, lora  # noqa: E402
from mlx_lm.tuner.callbacks import TrainingCallback  # noqa: E402
from mlx_lm.tuner.datasets import ChatDataset  # noqa: E402


class Over(Exception):
    """Training is over: mlx_lm has no other way to be told."""


class AfterEpochs(TrainingCallback):
    """Ends training once every row is recalled."""

    def __init__(self, course: Course) -> None:
        self.course = course

    def on_train_loss_report(self, info: dict[str, Any]) -> None:
        if self.course.epoch_ended(info["train_loss"]):
            raise Over


def rows_of(job: Job) -> list[dict[str, Any]]:
    """The rows for mlx_lm, which never trains the last ones if they do not fill a batch.

    So the first are there once more, as many as are lacking.
    """
    lacking = -len(job.train) % job.recipe.batch
    return [{"messages": row.messages} for row in (*job.train, *job.train[:lacking])]


def arguments(job: Job, steps: int, folder: str) -> SimpleNamespace:
    """What ``mlx_lm.lora`` would be told; ``steps`` are those of an epoch."""
    recipe = job.recipe
    falling = [recipe.learning_rate, EPOCHS * steps - WARMUP, recipe.learning_rate / 10]
    told = {
        "model": job.model,
        "seed": job.seed,
        "num_layers": recipe.layers,
        "batch_size": recipe.batch,
        "iters": job.epochs * steps,
        "steps_per_report": steps,
        "learning_rate": recipe.learning_rate,
        "lr_schedule": {"name": "cosine_decay", "warmup": WARMUP, "arguments": falling},
        "lora_parameters": {"rank": recipe.rank, "scale": SCALE, "dropout": 0.0},
        "mask_prompt": True,
        "adapter_path": folder,
        "save_every": job.epochs * steps + 1,
    }
    return SimpleNamespace(**lora.CONFIG_DEFAULTS | told)


def predicted(model: Module, lines: list[list[int]]) -> list[list[int]]:
    """The likeliest token after each token."""
    found: list[list[int]] = mx.argmax(model(mx.array(lines)), axis=-1).tolist()
    return found


def main() -> None:
    """Train, ask, tell."""
    job = Job.told()
    model, tokenizer = load(job.model)
    model.set_dtype(mx.float32)
    mx.eval(model.parameters())
    np.random.seed(job.seed)  # what mlx_lm draws its batches from
    rows = ChatDataset(rows_of(job), tokenizer, mask_prompt=True)
    tokens, offset = rows.process(rows[0])
    if tokens[:offset] != job.train[0].prompt:
        raise SystemExit("mlx_lm renders another prompt than engram.")
    steps = len(rows) // job.recipe.batch
    course = Course(job, lambda lines: predicted(model, lines))
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.suppress(Over),
        contextlib.redirect_stdout(sys.stderr),
    ):
        lora.train_model(arguments(job, steps, folder), model, rows, [], AfterEpochs(course))
    sizes = (value.size for _, value in tree_flatten(model.trainable_parameters()))
    course.tell(steps=course.epochs * steps, parameters=sum(sizes))


if __name__ == "__main__":
    main()
