"""Rows of a training run as torch has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
import torch

from engram.backends.base import Tokens
from engram.backends.caches import Prefix
from engram.backends.examples import Batch, Examples
from engram.backends.plan import after_prefix
from engram.backends.torch.anatomy import Anatomy
from engram.backends.torch.form import TorchForm
from engram.backends.torch.forward import (
    after,
    embedded,
    padded,
    read,
    read_together,
    run_prefix,
    through,
)
from engram.backends.torch.loss import token_losses


class TorchExamples(Examples[torch.Tensor]):
    """See engram.backends.examples.Examples."""

    anatomy: Anatomy

    @torch.no_grad()
    def below(self, tokens: Tokens) -> Prefix[torch.Tensor]:
        """The shared prefix after the frozen blocks."""
        return run_prefix(self.anatomy, self.lower, embedded(self.anatomy, tokens))

    def form(self) -> TorchForm:
        """How states are kept."""
        return TorchForm(self.prefix.hidden.dtype, self.anatomy.device)

    @torch.no_grad()
    def computed(self, indices: Sequence[int]) -> torch.Tensor:
        """[rows, longest, width] after the frozen blocks."""
        rows = [after_prefix(self.rows[index], self.shared) for index in indices]
        hidden = self.anatomy.embed(padded(self.anatomy, rows))
        return through(self.anatomy, self.lower, hidden, after(self.prefix))

    @torch.no_grad()
    def beginning(self) -> Prefix[torch.Tensor]:
        """The shared prefix after the adapted blocks."""
        return run_prefix(self.anatomy, self.upper, self.prefix.hidden)

    @torch.no_grad()
    def features(self, batch: Batch[torch.Tensor], beginning: Prefix[torch.Tensor]) -> torch.Tensor:
        """[n, width] states that predict the answers."""
        return batch.read(read(self.anatomy, self.upper, batch.span, after(beginning)))

    def features_of(self, batches: Sequence[Batch[torch.Tensor]]) -> list[torch.Tensor]:
        """``features`` of several batches, with gradients."""
        spans = [batch.span for batch in batches]
        states = read_together(self.anatomy, self.upper, self.prefix.hidden, spans)
        return [batch.read(some) for batch, some in zip(batches, states)]

    @torch.no_grad()
    def losses(
        self,
        batch: Batch[torch.Tensor],
        beginning: Prefix[torch.Tensor],
        temperature: float | None = None,
    ) -> torch.Tensor:
        """[n] losses of the targets in nats."""
        logits = self.anatomy.logits(self.features(batch, beginning))
        if temperature is not None:
            logits = logits.float()
            # The largest is taken off first: a division by little would leave the others no digits.
            logits = (logits - logits.amax(dim=-1, keepdim=True)) / temperature
        return token_losses(logits, batch.targets)

    def integers(self, values: list[int]) -> torch.Tensor:
        """Whole numbers as a tensor."""
        return self.anatomy.tokens(values)

    def numbers(self, values: torch.Tensor) -> npt.NDArray[Any]:
        """What a tensor holds."""
        return values.detach().cpu().numpy()
