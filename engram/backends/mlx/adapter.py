"""Adapters on an MLX model, in the files that mlx-lm reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlx.core as mx
from mlx.nn.layers.base import Module

from engram.backends.adapter_files import (
    check_layers,
    check_rank,
    check_tensors,
    parameters_of,
    read_adapter,
)
from engram.backends.mlx import methods
from engram.backends.mlx.methods import Worn
from engram.backends.mlx.tensors import read_tensors, trainable
from engram.core.recipe import Recipe


def put_on(model: Module, recipe: Recipe) -> Worn:
    """Put a fresh adapter on the top blocks: only it can be trained, and it changes nothing yet.

    Raises EngramError if the model has fewer blocks, or if a layer is smaller than the rank.
    """
    check_layers(recipe, len(model.layers))
    if recipe.rank is not None:
        check_rank(recipe, _smallest_side(model, recipe))
    mx.random.seed(recipe.seed)
    return methods.put_on(model, recipe.method, recipe.layers, parameters_of(recipe))


@contextmanager
def mounted(model: Module, folder: Path) -> Iterator[int]:
    """The adapter in ``folder`` on top of the base, for as long as the context lasts.

    Gives the number of top blocks that it adapts.
    Raises RefusedBuild unless the file holds exactly the tensors that its configuration announces.
    """
    config, weights = read_adapter(folder, lambda path: read_tensors(path)[0])
    worn = methods.put_on(model, config.fine_tune_type, config.num_layers, config.parameters)
    try:
        check_tensors(folder, trainable(model), weights)
        model.load_weights(list(weights.items()), strict=False)
        yield worn.layers
    finally:
        worn.take_off()


def _smallest_side(model: Module, recipe: Recipe) -> int:
    """The fewest rows or columns of a matrix that the recipe adapts."""
    # The factors of rank 1 are as long as the sides.
    thin = {**(parameters_of(recipe) or {}), "rank": 1}
    worn = methods.put_on(model, "lora", recipe.layers, thin)
    smallest = min(value.size for value in trainable(model).values())
    worn.take_off()
    return smallest
