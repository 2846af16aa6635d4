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
from engram.backends.caches import Prefix, Recorder
from engram.backends.held import Held
from engram.backends.torch import adapter
from engram.backends.torch.anatomy import dissect
from engram.backends.torch.caches import AfterPrefix, Rows
from engram.backends.torch.decode import Choose, Decoder, greedy
from engram.backends.torch.examples import TorchExamples
from engram.backends.torch.forward import embedded, through
from engram.backends.torch.methods import Worn
from engram.backends.torch.train import TorchLearner
from engram.core.recipe import Recipe

if TYPE_CHECKING:
    import numpy.typing as npt


class TorchModel(Held[Choose, torch.Tensor]):
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
        return TorchLearner(
            self.anatomy, rows, valid, recipe, folder, on_rows, rehearsed, on_note, self.ranks
        )

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

    def examples(self, rows: Sequence[Encoded]) -> TorchExamples:
        """Rows at the door of the lowest block."""
        return TorchExamples(self.anatomy, rows, self.layers)

    @torch.no_grad()
    def log_odds(
        self, rows: TorchExamples, indices: Sequence[int], start: Prefix[torch.Tensor]
    ) -> npt.NDArray[np.float32]:
        """Log-probabilities after the prompts of rows that have one place to look at."""
        logits = self.anatomy.logits(rows.features(rows.batch(indices), start))
        return logits.float().log_softmax(dim=-1).cpu().numpy()

    def _next(self, hidden: torch.Tensor) -> int:
        """The most likely token after a sequence of one row."""
        return int(greedy(self.anatomy.logits(hidden[:, -1])))


def drawn(logits: torch.Tensor, temperature: float, draws: torch.Generator) -> torch.Tensor:
    """[rows] token ids drawn from softmax(logits / temperature), by the inverse of its sum."""
    odds = (logits.float() / temperature).softmax(dim=-1)
    sums = odds.cumsum(dim=-1)
    draw = torch.rand(len(logits), 1, generator=draws).to(sums.device) * sums[:, -1:]
    return (sums <= draw).sum(dim=-1).clamp(max=logits.shape[-1] - 1)
