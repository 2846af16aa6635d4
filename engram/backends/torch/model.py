"""A model in torch, as the laboratory sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from engram.backends.base import Encoded, Generated, OnNote, OnRows, Sampling, Tokens
from engram.backends.held import Held
from engram.backends.plan import FORWARD_ROWS, by_length, common_prefix
from engram.backends.torch import adapter
from engram.backends.torch.anatomy import dissect
from engram.backends.torch.caches import AfterPrefix, Recorder, Rows
from engram.backends.torch.decode import Choose, Decoder, greedy
from engram.backends.torch.forward import after, embedded, padded, read, run_prefix, through
from engram.backends.torch.likelihood import log_likelihood
from engram.backends.torch.methods import Worn
from engram.backends.torch.train import TorchLearner
from engram.core.recipe import Recipe

if TYPE_CHECKING:
    import numpy.typing as npt


class TorchModel(Held[Choose]):
    """A base model in memory, with at most one adapter on top of it. See backends.held."""

    def __init__(self, model: nn.Module, dtype: str, device: str) -> None:
        super().__init__()
        self.anatomy = dissect(model)
        self.dtype, self.device = dtype, device
        self.layers = len(self.anatomy.blocks)
        model.requires_grad_(False)

    @property
    def sizes(self) -> Any:
        return self.anatomy.config

    def put_on(self, recipe: Recipe) -> Worn:
        """Put a fresh adapter on the top blocks."""
        return adapter.put_on(self.anatomy, recipe)

    def mounted(self, folder: Path) -> AbstractContextManager[int]:
        """The adapter in ``folder`` on the model."""
        return adapter.mounted(self.anatomy, folder)

    def learner(
        self,
        rows: Sequence[Encoded],
        valid: Sequence[Encoded],
        recipe: Recipe,
        folder: Path,
        on_rows: OnRows,
        rehearsed: Sequence[Tokens],
        on_note: OnNote,
    ) -> TorchLearner:
        """What learns the rows."""
        return TorchLearner(self.anatomy, rows, valid, recipe, folder, on_rows, rehearsed, on_note)

    def decoder(self, prompts: Sequence[Tokens], stop: int, limit: int) -> Decoder:
        """What answers the prompts."""
        return Decoder(self.anatomy, prompts, stop, limit)

    def greedy(self) -> Choose:
        """The choice of the most likely token."""
        return greedy

    def drawing(self, how: Sampling) -> Choose:
        """The choice of a token at random, as often as it is likely."""
        draws = torch.Generator().manual_seed(how.seed)
        return lambda logits: drawn(logits, how.temperature, draws)

    @torch.no_grad()
    def answer(
        self, asked: Sequence[Encoded], stop: int, limit: int, on_rows: OnRows
    ) -> list[Generated]:
        """Greedy answers, in the order asked."""
        return super().answer(asked, stop, limit, on_rows)

    @torch.no_grad()
    def sample(
        self, prompts: Sequence[Tokens], stop: int, how: Sampling, on_rows: OnRows
    ) -> list[list[Generated]]:
        """``how.runs`` samples for each prompt."""
        return super().sample(prompts, stop, how, on_rows)

    @torch.no_grad()
    def alone(self, prompt: Tokens) -> Iterator[int]:
        """Greedy tokens without end."""
        anatomy, blocks = self.anatomy, self.anatomy.blocks
        caches: list[AfterPrefix] = [AfterPrefix(Recorder(), 0) for _ in blocks]
        said = self._next(through(anatomy, blocks, embedded(anatomy, prompt), caches))
        yield said
        rows = [Rows(cache.keys, cache.values, [len(prompt)]) for cache in caches]
        while True:
            said = self._next(through(anatomy, blocks, embedded(anatomy, (said,)), rows))
            yield said

    def likelihood(
        self, rows: Sequence[Encoded], temperature: float, on_rows: OnRows
    ) -> list[float]:
        """How likely ``sample`` says each row's answer: log-probabilities in nats, at most 0."""
        return log_likelihood(self.anatomy, rows, temperature, on_rows) if rows else []

    @torch.no_grad()
    def next_token(self, prompts: Sequence[Tokens], on_rows: OnRows) -> npt.NDArray[np.float32]:
        """Log-probabilities of the next token, [prompts, vocabulary], in nats."""
        anatomy, blocks = self.anatomy, self.anatomy.blocks
        rows: list[npt.NDArray[np.float32] | None] = [None] * len(prompts)
        shared = common_prefix(prompts)
        start = run_prefix(anatomy, blocks, embedded(anatomy, prompts[0][:shared]))
        for indices in by_length([len(prompt) for prompt in prompts], FORWARD_ROWS):
            batch = [prompts[index][shared:] for index in indices]
            ends = [len(prompt) - 1 for prompt in batch]
            first, hidden = min(ends), anatomy.embed(padded(anatomy, batch))
            count = max(ends) + 1 - first
            hidden = read(anatomy, blocks, hidden, after(start), first, count)
            last = hidden[range(len(batch)), [end - first for end in ends]]
            found = anatomy.logits(last).float().log_softmax(dim=-1).cpu().numpy()
            for line, index in enumerate(indices):
                rows[index] = found[line]
            on_rows(len(indices))
        return np.stack([row for row in rows if row is not None])

    def _next(self, hidden: torch.Tensor) -> int:
        """The most likely token after a sequence of one row."""
        return int(greedy(self.anatomy.logits(hidden[:, -1])))


def drawn(logits: torch.Tensor, temperature: float, draws: torch.Generator) -> torch.Tensor:
    """[rows] token ids drawn from softmax(logits / temperature), by the inverse of its sum."""
    odds = (logits.float() / temperature).softmax(dim=-1)
    sums = odds.cumsum(dim=-1)
    draw = torch.rand(len(logits), 1, generator=draws).to(sums.device) * sums[:, -1:]
    return (sums <= draw).sum(dim=-1).clamp(max=logits.shape[-1] - 1)
