"""What is trained: small matrices beside the weights of the top blocks, or those weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import nn

from engram.backends.torch.tensors import trainable
from engram.core.recipe import Method


class LoraLinear(nn.Module):
    """A linear layer with a product of two thin matrices beside it (Hu et al., 2021, "LoRA").

    ``lora_a``: [inputs, rank], drawn as mlx-lm draws it; ``lora_b``: [rank, outputs], zero at
    first. Both are in single precision, whatever the layer is in.
    """

    def __init__(self, linear: nn.Linear, rank: int, scale: float, draws: torch.Generator) -> None:
        super().__init__()
        self.linear, self.scale = linear, scale
        bound = linear.in_features**-0.5
        start = torch.empty(linear.in_features, rank).uniform_(-bound, bound, generator=draws)
        device = linear.weight.device
        self.lora_a = nn.Parameter(start.to(device))
        self.lora_b = nn.Parameter(torch.zeros(rank, linear.out_features, device=device))

    def beside(self, x: torch.Tensor) -> torch.Tensor:
        """What the product of both adds."""
        a, b = self.lora_a.to(x.dtype), self.lora_b.to(x.dtype)
        found: torch.Tensor = x @ a @ b
        return self.scale * found

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[..., inputs] -> [..., outputs]."""
        found: torch.Tensor = self.linear(x)
        return found + self.beside(x)


class DoraLinear(LoraLinear):
    """The same, with the magnitude of every output learnt by itself.

    (Liu et al., 2024, "DoRA: Weight-Decomposed Low-Rank Adaptation".) ``m``: [outputs], the norms
    of the layer's rows at first. No gradient flows through the norms of the sum, as there.
    """

    def __init__(self, linear: nn.Linear, rank: int, scale: float, draws: torch.Generator) -> None:
        super().__init__(linear, rank, scale, draws)
        self.m = nn.Parameter(linear.weight.detach().float().norm(dim=1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[..., inputs] -> [..., outputs]."""
        weight = self.linear.weight
        with torch.no_grad():
            norms = (weight + self.scale * (self.lora_a @ self.lora_b).T).norm(dim=1)
        found: torch.Tensor = (self.m / norms).to(x.dtype) * (F.linear(x, weight) + self.beside(x))
        return found if self.linear.bias is None else found + self.linear.bias


BESIDE: dict[Method, type[LoraLinear]] = {"lora": LoraLinear, "dora": DoraLinear}


@dataclass(frozen=True)
class Worn:
    """What a model wears: ``layers`` of its top blocks are changed, and nothing else of it.

    ``base`` are the weights that were in place of those that may change now.
    """

    model: nn.Module
    layers: int
    base: dict[str, torch.Tensor] = field(default_factory=dict)

    @property
    def parameters(self) -> int:
        """The number of parameters that training changes."""
        return sum(value.numel() for value in trainable(self.model).values())

    def take_off(self) -> None:
        """Leave the base as it was."""
        for parent, name, module in _children(self.model, LoraLinear):
            setattr(parent, name, module.linear)
        for name, value in trainable(self.model).items():
            value.data = self.base[name]
        self.model.requires_grad_(False)


def put_on(
    model: nn.Module,
    blocks: Sequence[nn.Module],
    method: Method,
    parameters: dict[str, Any] | None,
    seed: int = 0,
) -> Worn:
    """Make blocks of a model trainable in a way that changes nothing it says yet.

    ``lora`` and ``dora`` put two thin matrices beside every linear layer; ``parameters`` are their
    rank and scale. ``full`` trains the weights themselves, in single precision: the steps are too
    small for half of it.
    """
    model.requires_grad_(False)
    if method == "full" or parameters is None:
        for block in blocks:
            block.requires_grad_(True)
        base = {name: value.data for name, value in trainable(model).items()}
        for value in trainable(model).values():
            value.data = value.data.to(torch.float32, copy=True)
        return Worn(model, len(blocks), base)
    draws = torch.Generator().manual_seed(seed)
    for block in blocks:
        for parent, name, linear in _children(block, nn.Linear):
            beside = BESIDE[method](linear, parameters["rank"], parameters["scale"], draws)
            setattr(parent, name, beside)
    return Worn(model, len(blocks))


def linear_layers(block: nn.Module) -> list[nn.Linear]:
    """The layers of a block that an adapter is put beside."""
    return [linear for _, _, linear in _children(block, nn.Linear)]


def _children(module: nn.Module, kind: type[Any]) -> list[tuple[nn.Module, str, Any]]:
    """Every module of a kind below another: what holds it, by which name, and itself."""

    def found() -> Iterator[tuple[nn.Module, str, Any]]:
        for parent in module.modules():
            for name, child in parent.named_children():
                if isinstance(child, kind):
                    yield parent, name, child

    return list(found())
