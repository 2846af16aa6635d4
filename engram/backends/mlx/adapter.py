"""LoRA adapters on an MLX model, in the files that mlx-lm reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import mlx.core as mx
from mlx.nn.layers.base import Module
from mlx_lm.tuner.utils import linear_to_lora_layers, remove_lora_layers
from pydantic import BaseModel, Field

from engram.backends.mlx.tensors import Tensors, read_tensors, save_tensors, trainable
from engram.core.errors import EngramError, RefusedBuild
from engram.core.recipe import Recipe
from engram.files.atomic import write_file

WEIGHTS = "adapters.safetensors"
CONFIG = "adapter_config.json"


class _Parameters(BaseModel):
    rank: Annotated[int, Field(ge=1, lt=2**31)]
    scale: float
    dropout: float


class _Config(BaseModel):
    num_layers: Annotated[int, Field(ge=1)]
    lora_parameters: _Parameters


def put_on(model: Module, recipe: Recipe) -> int:
    """Put a fresh adapter on the top blocks; only it can be trained. Gives its parameter count.

    Every linear layer of ``recipe.layers`` blocks gets one. The new adapter changes nothing: its
    second factor is zero. Raises EngramError if the model has fewer blocks, or if a layer is
    smaller than the rank.
    """
    if recipe.layers > len(model.layers):
        raise EngramError(
            f"The recipe adapts {recipe.layers} layers, but the model has {len(model.layers)}.",
            help=f"Set --layers to at most {len(model.layers)}.",
        )
    model.freeze()
    smallest = _smallest_side(model, recipe)
    if recipe.rank > smallest:
        raise EngramError(
            f"The recipe's rank is {recipe.rank}, but the smallest matrix that it adapts has a "
            f"side of {smallest}.",
            help=f"Set --rank to at most {smallest}.",
        )
    mx.random.seed(recipe.seed)
    linear_to_lora_layers(model, recipe.layers, _lora_parameters(recipe))
    return sum(value.size for value in trainable(model).values())


def take_off(model: Module) -> None:
    """Leave the base as it was."""
    remove_lora_layers(model)


def save(folder: Path, weights: Tensors, recipe: Recipe) -> None:
    """Write an adapter that ``mlx_lm.generate --adapter-path`` takes; each file at once or not."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "fine_tune_type": recipe.method,
        "num_layers": recipe.layers,
        "lora_parameters": _lora_parameters(recipe),
    }
    save_tensors(folder / WEIGHTS, weights)
    write_file(folder / CONFIG, (json.dumps(config, indent=2) + "\n").encode())


@contextmanager
def mounted(model: Module, folder: Path) -> Iterator[int]:
    """The adapter in ``folder`` on top of the base, for as long as the context lasts.

    Gives the number of top blocks that it adapts.
    Raises RefusedBuild unless the file holds exactly the tensors that its configuration announces.
    """
    layers, parameters, weights = _read(folder)
    model.freeze()
    linear_to_lora_layers(model, layers, parameters)
    try:
        _check(folder, trainable(model), weights)
        model.load_weights(list(weights.items()), strict=False)
        yield layers
    finally:
        take_off(model)


def _smallest_side(model: Module, recipe: Recipe) -> int:
    """The least number of rows or columns of a matrix that the recipe adapts: no rank is higher."""
    # The factors of rank 1 are as long as the sides.
    linear_to_lora_layers(model, recipe.layers, {**_lora_parameters(recipe), "rank": 1})
    try:
        return min(value.size for value in trainable(model).values())
    finally:
        take_off(model)


def _read(folder: Path) -> tuple[int, dict[str, Any], Tensors]:
    """How many layers, with which parameters, and the weights."""
    try:
        config = _Config.model_validate_json((folder / CONFIG).read_bytes())
        weights, _ = read_tensors(folder / WEIGHTS)
    except (OSError, ValueError, RuntimeError) as error:
        raise RefusedBuild(
            f"The adapter in {folder} cannot be read: {error}",
            help="Train it again: remove the folder of the run, and run the same command.",
        ) from error
    return config.num_layers, config.lora_parameters.model_dump(), weights


def _check(folder: Path, wanted: Tensors, found: Tensors) -> None:
    shapes = {name: tuple(value.shape) for name, value in wanted.items()}
    if shapes != {name: tuple(value.shape) for name, value in found.items()}:
        raise RefusedBuild(
            f"The adapter in {folder} was not made for this model: its tensors do not fit.",
            help="Name the model that it was trained on, or train an adapter for this one.",
        )


def _lora_parameters(recipe: Recipe) -> dict[str, Any]:
    return {"rank": recipe.rank, "scale": recipe.scale, "dropout": 0.0}
