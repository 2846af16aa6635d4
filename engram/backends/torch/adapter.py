"""Adapters on a torch model, in the files that mlx-lm reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engram.backends.adapter_files import (
    check_layers,
    check_rank,
    check_tensors,
    parameters_of,
    read_adapter,
)
from engram.backends.torch import methods
from engram.backends.torch.anatomy import Anatomy
from engram.backends.torch.methods import Worn, linear_layers
from engram.backends.torch.tensors import fill, read_tensors, trainable
from engram.core.recipe import Recipe


def put_on(anatomy: Anatomy, recipe: Recipe) -> Worn:
    """Put a fresh adapter on the top blocks: only it can be trained, and it changes nothing yet.

    Raises EngramError if the model has fewer blocks, or if a layer is smaller than the rank.
    """
    check_layers(recipe, len(anatomy.blocks))
    blocks = anatomy.blocks[-recipe.layers :]
    sides = [min(linear.weight.shape) for block in blocks for linear in linear_layers(block)]
    check_rank(recipe, min(sides))
    parameters = parameters_of(recipe)
    return methods.put_on(anatomy.model, blocks, recipe.method, parameters, recipe.seed)


@contextmanager
def mounted(anatomy: Anatomy, folder: Path) -> Iterator[int]:
    """The adapter in ``folder`` on top of the base, for as long as the context lasts.

    Gives the number of top blocks that it adapts.
    Raises RefusedBuild unless the file holds exactly the tensors that its configuration announces.
    """
    config, weights = read_adapter(folder, lambda path: read_tensors(path)[0])
    blocks = anatomy.blocks[-config.num_layers :]
    worn = methods.put_on(anatomy.model, blocks, config.fine_tune_type, config.parameters)
    try:
        check_tensors(folder, trainable(anatomy.model), weights)
        fill(trainable(anatomy.model), weights)
        yield worn.layers
    finally:
        worn.take_off()
