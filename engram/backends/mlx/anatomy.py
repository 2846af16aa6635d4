"""The parts of a model, by the names that mlx-lm gives them: embedding, blocks, last norm, head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mlx.core as mx
from mlx.nn.layers.base import Module

from engram.core.errors import EngramError

NORMS = ("norm", "final_layernorm")


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A decoder cut into parts, so that a computation can begin, end and branch between blocks.

    The parts are the model's own modules: an adapter put on the model shows here at once.
    """

    model: Module
    body: Module
    norm: Module

    @property
    def blocks(self) -> list[Module]:
        return list(self.model.layers)

    def embed(self, tokens: mx.array) -> mx.array:
        """[batch, length] token ids -> [batch, length, width] hidden states."""
        hidden: mx.array = self.body.embed_tokens(tokens)
        return hidden

    def logits(self, hidden: mx.array) -> mx.array:
        """[..., width] hidden states after the last block -> [..., vocabulary] logits."""
        normed = self.norm(hidden)
        if "lm_head" in self.model:
            logits: mx.array = self.model.lm_head(normed)
        else:
            logits = self.body.embed_tokens.as_linear(normed)
        return logits


def dissect(model: Module) -> Anatomy:
    """The parts of a model of the llama shape (llama, mistral, qwen2, phi and their kin).

    Raises EngramError for a model that is built otherwise, or that attends through a window.
    """
    body = getattr(model, "model", None)
    norm = next((n for n in NORMS if body is not None and hasattr(body, n)), None)
    if body is None or norm is None or not hasattr(body, "embed_tokens"):
        raise _unsupported(model, "its parts are not where they are in the llama family")
    if getattr(body, "swa_idx", None) is not None or getattr(body, "sliding_window", None):
        raise _unsupported(model, "it attends through a sliding window")
    return Anatomy(model=model, body=body, norm=getattr(body, norm))


def _unsupported(model: Any, why: str) -> EngramError:
    kind = getattr(model, "model_type", type(model).__name__)
    return EngramError(
        f"engram cannot train a model of type '{kind}': {why}.",
        help="Choose a llama, mistral, qwen2 or phi model; `engram models` lists some.",
    )
