"""Layers of the llama family in operations that are cheap on a CPU.

Only fp32 on a CPU is served; elsewhere MLX's own are faster.
"""

from __future__ import annotations

from typing import Any

import mlx.core as mx
from mlx.nn.layers.base import Module
from mlx.utils import tree_unflatten
from mlx_lm.models import llama, qwen2
from mlx_lm.tuner.lora import LoRALinear

from engram.backends.mlx.attention import attend
from engram.backends.mlx.caches import Pieces, side_by_side
from engram.backends.mlx.pointwise import is_cheap, swiglu


class GatedMlp(Module):
    """A gated feed-forward layer of the llama family, with the same parts by the same names."""

    def __init__(self, layer: Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.gate_proj = layer.gate_proj
        self.down_proj = layer.down_proj
        self.up_proj = layer.up_proj

    def __call__(self, x: mx.array) -> mx.array:
        """[..., width] -> [..., width]."""
        hidden: mx.array = self.down_proj(swiglu(self.gate_proj(x), self.up_proj(x)))
        return hidden


class Attention(Module):
    """Attention of the llama family, with the same parts by the same names."""

    def __init__(self, layer: Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.n_heads, self.n_kv_heads, self.scale = layer.n_heads, layer.n_kv_heads, layer.scale
        self.q_proj = layer.q_proj
        self.k_proj = layer.k_proj
        self.v_proj = layer.v_proj
        self.o_proj = layer.o_proj
        self.rope = layer.rope

    def __call__(
        self, x: mx.array, mask: mx.array | str | None = None, cache: Any = None
    ) -> mx.array:
        """[batch, length, width] -> [batch, length, width].

        Batches side by side are attended to each by itself, with the same ``mask``.
        """
        projected = (self.q_proj(x), self.k_proj(x), self.v_proj(x))
        if isinstance(cache, Pieces):
            parts = zip(*(cache.apart(one) for one in projected))
            each = [
                self._attended(q, k, v, own, mask) for (q, k, v), own in zip(parts, cache.caches)
            ]
            attended = side_by_side(each)
        else:
            attended = self._attended(*projected, cache, mask)
        hidden: mx.array = self.o_proj(attended)
        return hidden

    def _attended(
        self,
        queries: mx.array,
        keys: mx.array,
        values: mx.array,
        cache: Any,
        mask: mx.array | str | None,
    ) -> mx.array:
        """What the heads give, [batch, length, all of it]."""
        offset = cache.offset if cache is not None else 0
        queries = self.rope(_split(queries, self.n_heads), offset=offset)
        keys = self.rope(_split(keys, self.n_kv_heads), offset=offset)
        values = _split(values, self.n_kv_heads)
        if cache is not None:
            keys, values = cache.update_and_fetch(keys, values)
        attended = attend(queries, keys, values, self.scale, mask)
        batch, _, length, _ = attended.shape
        return attended.swapaxes(1, 2).reshape(batch, length, -1)


def _split(x: mx.array, heads: int) -> mx.array:
    """[batch, length, width] -> [batch, heads, length, width / heads]."""
    return x.reshape(*x.shape[:2], heads, -1).swapaxes(1, 2)


class LowRank(LoRALinear):
    """mlx-lm's LoRA layer, whose two products are added by the multiplication that makes one."""

    def __init__(self, layer: LoRALinear) -> None:
        Module.__init__(self)
        self.linear, self.scale = layer.linear, layer.scale
        self.lora_a, self.lora_b = layer.lora_a, layer.lora_b

    def __call__(self, x: mx.array) -> mx.array:
        """[..., inputs] -> [..., outputs]; nothing is dropped out."""
        plain = self.linear(x)
        narrow = (x.reshape(-1, x.shape[-1]) @ self.lora_a) * self.scale
        wide = mx.addmm(plain.reshape(-1, plain.shape[-1]), narrow, self.lora_b)
        return wide.reshape(plain.shape)


# The feed-forward layers are silu(gate(x)) * up(x), then down; attention turns queries and keys by
# their position, and nothing else.
LIGHT = {
    "mlp": ((llama.MLP, qwen2.MLP), GatedMlp),
    "self_attn": ((llama.Attention, qwen2.Attention), Attention),
}


def lighten(model: Module) -> None:
    """Give the blocks of an fp32 model on a CPU the layers that are cheap there."""
    for block in model.layers:
        for name, (plain, light) in LIGHT.items():
            if type(getattr(block, name, None)) in plain:
                block[name] = light(block[name])


def takes_pieces(block: Module) -> bool:
    """Whether a block knows batches that are side by side from a single row."""
    return isinstance(getattr(block, "self_attn", None), Attention)


def lighten_adapter(model: Module) -> None:
    """Give an adapter that was just put on such a model the layers that are cheap there."""
    beside = [
        (name, LowRank(part))
        for name, part in model.named_modules()
        if type(part) is LoRALinear and is_cheap(part.linear.weight)
    ]
    if beside:
        model.update_modules(tree_unflatten(beside))
