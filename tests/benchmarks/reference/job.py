"""What every side is told, and what it tells: standard library only, for any environment.

A row is recalled if every token of its answer, the stop token too, is the likeliest one after the
prompt and the answer's tokens before it. Then greedy decoding says just that answer and stops: so
one pass over prompt and answer asks what decoding token by token would.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SHARE = 0.99  # of the rows, recalled exactly
SUGGESTS = 0.3  # the mean loss of an epoch, in nats a token, from which it is worth asking
ASKED = 8  # rows in a pass that asks
SCALE = 2.0  # of an adapter's output, the same on every side
WARMUP = 20  # steps over which the learning rate rises
EPOCHS = 10  # over which it falls by a half cosine to a tenth
EPOCHS_AT_MOST = 40

# The likeliest token after each token, [rows, length], of token ids, [rows, length].
Predict = Callable[[list[list[int]]], list[list[int]]]


@dataclass(frozen=True)
class Recipe:
    """What is tuned on every side: ``layers`` top blocks, all their linear layers."""

    layers: int
    rank: int
    learning_rate: float
    batch: int


@dataclass(frozen=True)
class Row:
    """A row as engram renders it: ``answer`` ends with the stop token."""

    prompt: list[int]
    answer: list[int]
    messages: list[dict[str, str]]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


@dataclass(frozen=True)
class Job:
    """One run of one side. ``most`` are the seconds of training after which it gives up.

    ``limit``: how many tokens of an answer are read.
    """

    model: str
    stop: int
    limit: int
    train: list[Row]
    test: list[Row]
    recipe: Recipe
    seed: int
    epochs: int
    most: float

    @classmethod
    def told(cls) -> Job:
        """The job that the command line names: a file of rows, and the rest as JSON."""
        rows, rest = Path(sys.argv[1]).read_text(encoding="utf-8"), json.loads(sys.argv[2])
        fields = json.loads(rows) | rest
        for split in ("train", "test"):
            fields[split] = [Row(**row) for row in fields[split]]
        return cls(**fields | {"recipe": Recipe(**fields["recipe"])})

    @property
    def tokens(self) -> int:
        """Of all train rows once, prompt and answer, without padding."""
        return sum(map(len, self.train))

    def batches(self, epoch: int) -> list[list[Row]]:
        """The batches of an epoch: like lengths together, shuffled."""
        order = random.Random(f"{self.seed} {epoch}")  # noqa: S311 - an order, not a secret
        rows = sorted(self.train, key=lambda row: (len(row), order.random()))
        size = self.recipe.batch
        batches = [rows[start : start + size] for start in range(0, len(rows), size)]
        order.shuffle(batches)
        return batches


class Course:
    """How training goes: its seconds, without those in which recall is asked."""

    def __init__(self, job: Job, predict: Predict) -> None:
        self.job, self.predict = job, predict
        self.epochs, self.seconds, self.recalled = 0, 0.0, False
        self.since = time.perf_counter()

    def epoch_ended(self, loss: float) -> bool:
        """Whether training is over, after an epoch of this mean loss."""
        self.seconds += time.perf_counter() - self.since
        self.epochs += 1
        most = round((1 - SHARE) * len(self.job.train) - 0.5)
        if loss < SUGGESTS:
            self.recalled = missed(self.job.train, self.predict, most) <= most
        print(f"epoch {self.epochs}: {self.seconds:.0f} s, loss {loss:.3f}", file=sys.stderr)
        self.since = time.perf_counter()
        return self.recalled or self.epochs >= self.job.epochs or self.seconds > self.job.most

    def tell(self, **others: Any) -> None:
        """Print what came of it."""
        tell(
            self.job,
            seconds=self.seconds,
            recalled=self.recalled,
            epochs=self.epochs,
            rate=self.epochs * self.job.tokens / self.seconds,
            **others,
        )


def missed(rows: Sequence[Row], predict: Predict, most: int) -> int:
    """How many rows are not recalled; gives up at the first beyond ``most``."""
    wrong = 0
    ordered = sorted(rows, key=len)
    for start in range(0, len(ordered), ASKED):
        batch = ordered[start : start + ASKED]
        chosen = predict(padded([[*row.prompt, *row.answer] for row in batch]))
        for row, line in zip(batch, chosen):
            first = len(row.prompt) - 1
            wrong += line[first : first + len(row.answer)] != row.answer
        if wrong > most:
            break
    return wrong


def padded(lines: list[list[int]], filler: int = 0) -> list[list[int]]:
    """The lines, each filled up on the right to the longest."""
    longest = max(map(len, lines))
    return [[*line, *[filler] * (longest - len(line))] for line in lines]


def tell(job: Job, **found: Any) -> None:
    """Print what a side found, as the last line that it prints."""
    print(json.dumps({"recipe": asdict(job.recipe), "seed": job.seed, **found}), flush=True)
