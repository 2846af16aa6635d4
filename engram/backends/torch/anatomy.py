"""The parts of a model, by the names that transformers gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn

from engram.core.errors import EngramError

# Models of the llama shape: embedding, blocks, last norm, head, and nothing between them.
FAMILIES = ("llama", "mistral", "qwen2", "phi")
NORMS = ("norm", "final_layernorm")


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A decoder cut into parts, so that a computation can begin, end and branch between blocks.

    The parts are the model's own modules: an adapter put on the model shows here at once.
    """

    model: nn.Module
    body: nn.Module
    norm: nn.Module
    blocks: list[nn.Module]

    @property
    def config(self) -> Any:
        """Its sizes, by the names of its ``config.json``."""
        return self.model.config

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return cast("nn.Parameter", self.norm.weight).device

    def tokens(self, ids: list[int] | list[list[int]]) -> torch.Tensor:
        """Numbers as a tensor where the model is."""
        return torch.tensor(ids, dtype=torch.long, device=self.device)

    def embed(self, tokens: torch.Tensor) -> torch.Tensor:
        """[batch, length] token ids -> [batch, length, width] hidden states."""
        hidden: torch.Tensor = cast("nn.Module", self.body.embed_tokens)(tokens)
        return hidden

    def rotary(self, hidden: torch.Tensor, positions: torch.Tensor) -> Any:
        """What the blocks turn queries and keys by at positions, [1 or batch, length]."""
        return cast("nn.Module", self.body.rotary_emb)(hidden, positions)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """[..., width] hidden states after the last block -> [..., vocabulary] logits."""
        normed = self.norm(hidden.to(cast("nn.Parameter", self.norm.weight).dtype))
        logits: torch.Tensor = cast("nn.Module", self.model.lm_head)(normed)
        return logits


def taken_by(block: nn.Module) -> torch.dtype:
    """The precision of the hidden states that a block takes: that of its weights."""
    return cast("torch.dtype", cast("nn.Module", block.input_layernorm).weight.dtype)


def dissect(model: nn.Module) -> Anatomy:
    """The parts of a model of the llama shape.

    Raises EngramError for a model that is built otherwise, or that attends through a window.
    """
    if getattr(getattr(model, "config", None), "model_type", None) not in FAMILIES:
        raise _unsupported(model, "its parts are not where they are in the llama family")
    body = cast("nn.Module", model.model)
    norm = next(getattr(body, name) for name in NORMS if hasattr(body, name))
    blocks = list(cast("nn.ModuleList", body.layers))
    windows = (getattr(block.self_attn, "sliding_window", None) for block in blocks)
    if any(windows) or getattr(body, "has_sliding_layers", False):
        raise _unsupported(model, "it attends through a sliding window")
    return Anatomy(model=model, body=body, norm=norm, blocks=blocks)


def _unsupported(model: nn.Module, why: str) -> EngramError:
    config = getattr(model, "config", None)
    kind = getattr(config, "model_type", type(model).__name__)
    return EngramError(
        f"engram cannot train a model of type '{kind}': {why}.",
        help="Choose a llama, mistral, qwen2 or phi model; `engram models` lists some.",
    )
