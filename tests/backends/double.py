"""A language model that is a table: what it says after some tokens is drawn from their digest.

It keeps every promise of ``engram.backends.base`` without a framework, so what it cannot do is not
in the contract.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from engram.backends.adapter_files import check_layers
from engram.backends.base import Encoded, Generated, Sampling, Step, Timed, Tokens, ignored
from engram.core.errors import RefusedBuild
from engram.core.recipe import Recipe
from engram.core.training import EpochPoint, Training

WORDS = 300
SURE = 30.0  # what is learnt is so many nats above the rest


class TableModel:
    """``learnt`` holds what follows each beginning of a row that it was trained on."""

    device, dtype, layers = "cpu", "float32", 4

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.learnt: dict[Tokens, int] = {}

    def train(
        self,
        rows: Sequence[Encoded],
        valid: Sequence[Encoded],
        recipe: Recipe,
        folder: Path,
        on_step: Callable[[Step], None],
        on_rows: Callable[[int], None] = ignored,
        on_epoch: Callable[[EpochPoint], None] = ignored,
        rehearsed: Sequence[Tokens] = (),
        on_lowered: Callable[[Any], None] = ignored,
        on_note: Callable[[str], None] = ignored,
    ) -> Training:
        """One epoch of one step learns everything."""
        check_layers(recipe, self.layers)
        (folder / "adapter").mkdir(parents=True, exist_ok=True)
        on_rows(len(rows) + len(valid) + len(rehearsed))
        tokens = sum(map(len, rows))
        on_step(Step(1, 1, 1.0, None, len(rows), len(rows), len(rows), 1.0, tokens, 1.0))
        whole = [(*row.prompt, *row.answer) for row in rows]
        learnt = [
            (one[:at], one[at])
            for row, one in zip(rows, whole)
            for at in range(len(row.prompt), len(one))
        ]
        (folder / "adapter/table.json").write_text(json.dumps([self.seed, learnt]))
        point = EpochPoint(epoch=1, loss=1.0, recall=1.0, valid_loss=None)
        on_epoch(point)
        return Training(
            rows=len(rows), steps=1, epochs=1.0, tokens=tokens, seconds=1.0, parameters=len(learnt),
            stopped="finished", best_epoch=1, lowered_at=None, losses=(), curve=(point,),
        )  # fmt: skip

    def forget_checkpoint(self, folder: Path) -> None:
        pass

    @contextmanager
    def adapter(self, folder: Path) -> Iterator[None]:
        try:
            seed, learnt = json.loads((folder / "table.json").read_bytes())
        except (OSError, ValueError) as error:
            raise RefusedBuild(f"The adapter in {folder} cannot be read: {error}") from error
        if seed != self.seed:
            raise RefusedBuild(f"The adapter in {folder} was not made for this model.")
        self.learnt = {tuple(start): token for start, token in learnt}
        try:
            yield
        finally:
            self.learnt = {}

    def answer(
        self, asked: Sequence[Encoded], stop: int, limit: int, on_rows: Callable[[int], None]
    ) -> list[Generated]:
        on_rows(len(asked))
        return [self._said(row.prompt, stop, limit, _likeliest) for row in asked]

    def sample(
        self, prompts: Sequence[Tokens], stop: int, how: Sampling, on_rows: Callable[[int], None]
    ) -> list[list[Generated]]:
        draw = np.random.default_rng(how.seed)
        on_rows(len(prompts) * how.runs)

        def choose(logs: Any) -> int:
            odds = np.exp(_normal(logs / how.temperature))
            return int(draw.choice(WORDS, p=odds / odds.sum()))

        return [
            [self._said(prompt, stop, how.limit, choose) for _ in range(how.runs)]
            for prompt in prompts
        ]

    def likelihood(
        self, rows: Sequence[Encoded], temperature: float, on_rows: Callable[[int], None]
    ) -> list[float]:
        on_rows(len(rows))
        return [
            float(
                sum(
                    _normal(self._logs((*row.prompt, *row.answer[:at])) / temperature)[token]
                    for at, token in enumerate(row.answer)
                )
            )
            for row in rows
        ]

    def time(
        self, prompt: Tokens, stop: int, limit: int, on_token: Callable[[int], None] = ignored
    ) -> Timed:
        started = time.perf_counter()
        said = self._said(prompt, stop, limit, _likeliest)
        for token in (*said.tokens, *([stop] if said.stopped else [])):
            on_token(token)
        seconds = time.perf_counter() - started
        return Timed(said, seconds, seconds)

    def next_token(self, prompts: Sequence[Tokens], on_rows: Callable[[int], None]) -> Any:
        on_rows(len(prompts))
        return np.stack([self._logs(prompt) for prompt in prompts]).astype(np.float32)

    def _said(
        self, prompt: Tokens, stop: int, limit: int, choose: Callable[[Any], int]
    ) -> Generated:
        said: list[int] = []
        while len(said) < limit:
            token = choose(self._logs((*prompt, *said)))
            if token == stop:
                return Generated(tuple(said), stopped=True)
            said.append(token)
        return Generated(tuple(said), stopped=False)

    def _logs(self, tokens: Tokens) -> Any:
        digest = hashlib.sha256(repr((self.seed, tokens)).encode()).digest()
        logs = np.random.default_rng(list(digest)).standard_normal(WORDS)
        if tokens in self.learnt:
            logs[self.learnt[tokens]] = SURE
        return _normal(logs)


def _likeliest(logs: Any) -> int:
    return int(logs.argmax())


def _normal(logs: Any) -> Any:
    logs = logs - logs.max()
    return logs - np.log(np.exp(logs).sum())
