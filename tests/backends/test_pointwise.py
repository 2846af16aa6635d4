"""The cheap exponential is one, and the cheap activation changes neither answers nor gradients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.backends import load_backend

pytest.importorskip("mlx", reason="the MLX backend needs the run extra")
load_backend("mlx")  # a fast BLAS first

mx = pytest.importorskip("mlx.core")
pointwise = pytest.importorskip("engram.backends.mlx.pointwise")

FLOATS = st.floats(-90, 90, width=32)


@given(st.lists(FLOATS, min_size=1, max_size=50))
def test_the_exponential_is_as_near_as_it_says(values: list[float]) -> None:
    x = np.array(values, np.float32).clip(-87, 88)
    found = np.array(pointwise.exp(mx.array(x))).astype(np.float64)
    error = np.abs(found / np.exp(x.astype(np.float64)) - 1)
    assert (error <= 2e-7 + 1.05e-7 * np.abs(x)).all()
    negative = np.minimum(x, 0)
    np.testing.assert_array_equal(
        pointwise.exp_of_negative(mx.array(negative)), pointwise.exp(mx.array(negative))
    )


@pytest.mark.parametrize("x", [-1e30, -200.0, 200.0, 1e30])
def test_the_exponential_of_anything_is_finite_and_normal(x: float) -> None:
    found = float(pointwise.exp(mx.array([x])).item())
    assert 2.0**-126 <= found <= 2.0**127.01
    assert (found < 1) == (x < 0)


@given(st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=30))
def test_the_activation_and_its_gradient_are_those_of_mlx(pairs: list[tuple[float, float]]) -> None:
    import mlx.nn as nn

    gate, up = (mx.array(column) for column in zip(*pairs))

    def gradient(activation: object) -> tuple[object, ...]:
        return mx.value_and_grad(lambda g, u: activation(g, u).sum(), argnums=(0, 1))(gate, up)

    ours = gradient(pointwise.swiglu)
    theirs = gradient(lambda g, u: nn.silu(g) * u)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-5, atol=1e-4)
    for one, other in zip(ours[1], theirs[1]):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-4)
