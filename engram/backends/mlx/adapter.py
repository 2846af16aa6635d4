"""Adapters on an MLX model, in the files that mlx-lm reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import mlx.core as mx
from mlx.nn.layers.base import Module
from pydantic import BaseModel, Field, model_validator

from engram.backends.mlx import methods
from engram.backends.mlx.methods import Worn
from engram.backends.mlx.tensors import Tensors, read_tensors, save_tensors, trainable
from engram.core.errors import EngramError, RefusedBuild
from engram.core.recipe import Method, Recipe
from engram.files.atomic import write_file

WEIGHTS = "adapters.safetensors"
CONFIG = "adapter_config.json"


class _Parameters(BaseModel):
    rank: Annotated[int, Field(ge=1, lt=2**31)]
    scale: float
    dropout: float


class _Config(BaseModel):
    """Full tuning has no parameters, and everything else has."""

    fine_tune_type: Method = "lora"
    num_layers: Annotated[int, Field(ge=1)]
    lora_parameters: _Parameters | None = None

    @model_validator(mode="after")
    def _complete(self) -> _Config:
        if self.lora_parameters is None and self.fine_tune_type != "full":
            raise ValueError(f"{self.fine_tune_type} has lora_parameters")
        return self

    @property
    def parameters(self) -> dict[str, Any] | None:
        return self.lora_parameters.model_dump() if self.lora_parameters else None


def put_on(model: Module, recipe: Recipe) -> Worn:
    """Put a fresh adapter on the top blocks: only it can be trained, and it changes nothing yet.

    Raises EngramError if the model has fewer blocks, or if a layer is smaller than the rank.
    """
    if recipe.layers > len(model.layers):
        raise EngramError(
            f"The recipe adapts {recipe.layers} layers, but the model has {len(model.layers)}.",
            help=f"Set --layers to at most {len(model.layers)}.",
        )
    if recipe.rank is not None:
        _check_rank(model, recipe, recipe.rank)
    mx.random.seed(recipe.seed)
    return methods.put_on(model, recipe.method, recipe.layers, _parameters(recipe))


def save(folder: Path, weights: Tensors, recipe: Recipe) -> None:
    """Write an adapter that ``mlx_lm.generate --adapter-path`` takes; each file at once or not."""
    folder.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {"fine_tune_type": recipe.method, "num_layers": recipe.layers}
    if parameters := _parameters(recipe):
        config["lora_parameters"] = parameters
    save_tensors(folder / WEIGHTS, weights)
    write_file(folder / CONFIG, (json.dumps(config, indent=2) + "\n").encode())


@contextmanager
def mounted(model: Module, folder: Path) -> Iterator[int]:
    """The adapter in ``folder`` on top of the base, for as long as the context lasts.

    Gives the number of top blocks that it adapts.
    Raises RefusedBuild unless the file holds exactly the tensors that its configuration announces.
    """
    config, weights = _read(folder)
    worn = methods.put_on(model, config.fine_tune_type, config.num_layers, config.parameters)
    try:
        _check(folder, trainable(model), weights)
        model.load_weights(list(weights.items()), strict=False)
        yield worn.layers
    finally:
        worn.take_off()


def _check_rank(model: Module, recipe: Recipe, rank: int) -> None:
    """Raise EngramError if a matrix that the recipe adapts has fewer rows or columns."""
    # The factors of rank 1 are as long as the sides.
    thin = {**(_parameters(recipe) or {}), "rank": 1}
    worn = methods.put_on(model, "lora", recipe.layers, thin)
    smallest = min(value.size for value in trainable(model).values())
    worn.take_off()
    if rank > smallest:
        raise EngramError(
            f"The recipe's rank is {rank}, but the smallest matrix that it adapts has a "
            f"side of {smallest}.",
            help=f"Set --rank to at most {smallest}.",
        )


def _read(folder: Path) -> tuple[_Config, Tensors]:
    """What kind of adapter it is, and its weights."""
    try:
        config = _Config.model_validate_json((folder / CONFIG).read_bytes())
        weights, _ = read_tensors(folder / WEIGHTS)
    except (OSError, ValueError, RuntimeError) as error:
        raise RefusedBuild(
            f"The adapter in {folder} cannot be read: {error}",
            help="Train it again: remove the folder of the run, and run the same command.",
        ) from error
    return config, weights


def _check(folder: Path, wanted: Tensors, found: Tensors) -> None:
    shapes = {name: tuple(value.shape) for name, value in wanted.items()}
    if shapes != {name: tuple(value.shape) for name, value in found.items()}:
        raise RefusedBuild(
            f"The adapter in {folder} was not made for this model: its tensors do not fit.",
            help="Name the model that it was trained on, or train an adapter for this one.",
        )


def _parameters(recipe: Recipe) -> dict[str, Any] | None:
    """What mlx-lm makes an adapter's layers with; None where weights are trained as they are."""
    if recipe.rank is None:
        return None
    return {"rank": recipe.rank, "scale": recipe.scale, "dropout": 0.0}
