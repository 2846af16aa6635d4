"""The layers that are cheap on a CPU give the answers and the gradients of those they replace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.backends import load_backend

pytest.importorskip("mlx", reason="the MLX backend needs the run extra")
load_backend("mlx")  # a fast BLAS first

mx = pytest.importorskip("mlx.core")
light = pytest.importorskip("engram.backends.mlx.light")
attention = pytest.importorskip("engram.backends.mlx.attention")

LIGHT = {"GatedMlp", "Attention"}


def random(*shape: int) -> Any:
    return mx.random.normal(shape)


def assert_same(ours: Any, theirs: Any, *given: Any) -> None:
    """The same values, and the same gradients of a weighted sum by everything given."""
    weights = random(*theirs(*given).shape)
    everything = list(range(len(given)))
    found, wanted = (
        mx.value_and_grad(lambda *x, f=f: (f(*x) * weights).sum(), argnums=everything)(*given)
        for f in (ours, theirs)
    )
    np.testing.assert_allclose(ours(*given), theirs(*given), rtol=1e-4, atol=1e-5)
    for one, other in zip(found[1], wanted[1]):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


@settings(deadline=None)
@given(
    batch=st.integers(1, 3),
    groups=st.integers(1, 3),
    each=st.integers(1, 3),
    length=st.integers(1, 7),
    before=st.integers(0, 5),
    masked=st.sampled_from(["causal", "none", "some"]),
    spread=st.sampled_from([1.0, 30.0]),
)
def test_attention_is_that_of_mlx(
    batch: int, groups: int, each: int, length: int, before: int, masked: str, spread: float
) -> None:
    mx.random.seed(batch + 10 * length + 100 * before)
    seen = before + length
    some = mx.random.bernoulli(0.5, (batch, 1, length, seen)) | (mx.arange(seen) == 0)
    mask = {"causal": "causal", "none": None, "some": some}[masked]

    def ours(q: Any, k: Any, v: Any) -> Any:
        return attention.attend(q, k, v, 0.3, mask)

    def theirs(q: Any, k: Any, v: Any) -> Any:
        return mx.fast.scaled_dot_product_attention(q, k, v, scale=0.3, mask=mask)

    queries = spread * random(batch, groups * each, length, 8)
    assert_same(
        ours, theirs, queries, random(batch, groups, seen, 8), random(batch, groups, seen, 8)
    )


def test_what_is_not_seen_has_no_part_in_the_answer_however_well_it_fits() -> None:
    queries = mx.full((1, 1, 2, 4), 10.0)
    keys = mx.concatenate([mx.zeros((1, 1, 1, 4)), mx.full((1, 1, 1, 4), 50.0)], axis=2)
    values = mx.array([1.0, 2.0])[None, None, :, None]
    found = attention.attend(queries, keys, values, 1.0, "causal")
    assert found.flatten().tolist() == [1.0, 2.0]


@pytest.mark.parametrize("shape", [(5, 12), (2, 3, 12)])
def test_a_low_rank_layer_is_that_of_mlx_lm(shape: tuple[int, ...]) -> None:
    import mlx.nn as nn
    from mlx_lm.tuner.lora import LoRALinear

    theirs = LoRALinear.from_base(nn.Linear(12, 7), r=3, scale=2.5)
    theirs.lora_b = random(3, 7)

    def with_weights(layer: Any) -> Any:
        def call(x: Any, a: Any, b: Any) -> Any:
            layer.lora_a, layer.lora_b = a, b
            return layer(x)

        return call

    a, b = theirs.lora_a, theirs.lora_b
    ours = light.LowRank(theirs)
    assert_same(with_weights(ours), with_weights(theirs), random(*shape), a, b)


def test_a_lightened_model_has_the_same_weights_by_the_same_names(folders: dict[str, Path]) -> None:
    from mlx.utils import tree_flatten
    from mlx_lm.models.cache import make_prompt_cache
    from mlx_lm.utils import load_model

    for folder in folders.values():
        model, _ = load_model(folder)
        model.set_dtype(mx.float32)
        tokens = mx.array([[3, 14, 15, 9, 2, 6]])
        before, names = model(tokens), [name for name, _ in tree_flatten(model.parameters())]
        light.lighten(model)
        assert [name for name, _ in tree_flatten(model.parameters())] == names
        after = model(tokens, make_prompt_cache(model))
        np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-5)
        kinds = {
            type(part).__name__ for block in model.layers for part in block.children().values()
        }
        assert kinds >= LIGHT if model.model_type != "phi" else not kinds & LIGHT


def test_blocks_of_another_shape_are_left_alone() -> None:
    import mlx.nn as nn

    class Block(nn.Module):
        pass

    class Model(nn.Module):
        layers = (Block(), Block())

    light.lighten(Model())
    assert not any(dict(block) for block in Model.layers)
