"""What is trained: small matrices beside the weights of the top blocks, or those weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import mlx.core as mx
from mlx.nn.layers.base import Module
from mlx.utils import tree_unflatten
from mlx_lm.tuner.dora import DoRALinear
from mlx_lm.tuner.lora import LoRALinear
from mlx_lm.tuner.utils import linear_to_lora_layers

from engram.backends.mlx.light import lighten_adapter
from engram.backends.mlx.tensors import Tensors, trainable
from engram.core.recipe import Method

BESIDE = (LoRALinear, DoRALinear)


@dataclass(frozen=True)
class Worn:
    """What a model wears: ``layers`` of its top blocks are changed, and nothing else of it.

    ``base`` are the weights that were in place of those that may change now.
    """

    model: Module
    layers: int
    base: Tensors = field(default_factory=dict)

    @property
    def parameters(self) -> int:
        """The number of parameters that training changes."""
        return sum(value.size for value in trainable(self.model).values())

    def take_off(self) -> None:
        """Leave the base as it was."""
        wrapped = [(k, m.linear) for k, m in self.model.named_modules() if isinstance(m, BESIDE)]
        if wrapped:
            self.model.update_modules(tree_unflatten(wrapped))
        self.model.load_weights(list(self.base.items()), strict=False)
        self.model.freeze()


def put_on(model: Module, method: Method, layers: int, parameters: dict[str, Any] | None) -> Worn:
    """Make the top blocks of a model trainable in a way that changes nothing it says yet.

    ``lora`` (Hu et al., 2021) and ``dora`` (Liu et al., 2024, "DoRA: Weight-Decomposed Low-Rank
    Adaptation"), as mlx-lm has them, put a product of two thin matrices, one of them zero, beside
    every linear layer; ``parameters`` are its rank, scale and dropout. ``full`` trains the weights
    themselves, in single precision: the steps are too small for half of it.
    """
    model.freeze()
    if method != "full":
        linear_to_lora_layers(model, layers, parameters or {}, use_dora=method == "dora")
        lighten_adapter(model)
        return Worn(model, layers)
    for block in model.layers[-layers:]:
        block.unfreeze()
    base = trainable(model)
    exact = [(name, value.astype(mx.float32)) for name, value in base.items()]
    model.load_weights(exact, strict=False)
    return Worn(model, layers, base)
