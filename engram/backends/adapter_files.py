"""The files of an adapter, in the words of mlx-lm: every backend writes and reads the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, model_validator

from engram.core.errors import EngramError, RefusedBuild
from engram.core.recipe import Method, Recipe
from engram.files.atomic import write_file

WEIGHTS = "adapters.safetensors"
CONFIG = "adapter_config.json"

Tensors = TypeVar("Tensors", bound=Mapping[str, Any])


class _Parameters(BaseModel):
    rank: Annotated[int, Field(ge=1, lt=2**31)]
    scale: float
    dropout: float


class Config(BaseModel):
    """What kind of adapter it is. Full tuning has no parameters, and everything else has."""

    fine_tune_type: Method = "lora"
    num_layers: Annotated[int, Field(ge=1)]
    lora_parameters: _Parameters | None = None

    @model_validator(mode="after")
    def _complete(self) -> Config:
        if self.lora_parameters is None and self.fine_tune_type != "full":
            raise ValueError(f"{self.fine_tune_type} has lora_parameters")
        return self

    @property
    def parameters(self) -> dict[str, Any] | None:
        """Rank, scale and dropout; None for full tuning."""
        return self.lora_parameters.model_dump() if self.lora_parameters else None


def parameters_of(recipe: Recipe) -> dict[str, Any] | None:
    """Rank, scale and dropout of a recipe; None where weights are trained as they are."""
    if recipe.rank is None:
        return None
    return {"rank": recipe.rank, "scale": recipe.scale, "dropout": 0.0}


def write_adapter(folder: Path, recipe: Recipe, write: Callable[[Path], None]) -> None:
    """Write an adapter that ``mlx_lm.generate --adapter-path`` takes; each file at once or not.

    ``write`` writes the weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / WEIGHTS)
    config: dict[str, Any] = {"fine_tune_type": recipe.method, "num_layers": recipe.layers}
    if parameters := parameters_of(recipe):
        config["lora_parameters"] = parameters
    write_file(folder / CONFIG, (json.dumps(config, indent=2) + "\n").encode())


def read_adapter(folder: Path, read: Callable[[Path], Tensors]) -> tuple[Config, Tensors]:
    """The configuration, and what ``read`` gives of the weights' file. Raises RefusedBuild."""
    try:
        config = Config.model_validate_json((folder / CONFIG).read_bytes())
        weights = read(folder / WEIGHTS)
    except (OSError, ValueError, RuntimeError) as error:
        raise RefusedBuild(
            f"The adapter in {folder} cannot be read: {error}",
            help="Train it again: remove the folder of the run, and run the same command.",
        ) from error
    return config, weights


def check_tensors(folder: Path, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """Raise RefusedBuild unless the adapter has just the tensors that the model takes."""
    shapes = {name: tuple(value.shape) for name, value in wanted.items()}
    if shapes != {name: tuple(value.shape) for name, value in found.items()}:
        raise RefusedBuild(
            f"The adapter in {folder} was not made for this model: its tensors do not fit.",
            help="Name the model that it was trained on, or train an adapter for this one.",
        )


def check_layers(recipe: Recipe, layers: int) -> None:
    """Raise EngramError if a model of so many blocks has fewer than the recipe adapts."""
    if recipe.layers > layers:
        raise EngramError(
            f"The recipe adapts {recipe.layers} layers, but the model has {layers}.",
            help=f"Set --layers to at most {layers}.",
        )


def check_rank(recipe: Recipe, smallest: int) -> None:
    """Raise EngramError if the smallest side of a matrix that is adapted is below the rank."""
    if recipe.rank is not None and recipe.rank > smallest:
        raise EngramError(
            f"The recipe's rank is {recipe.rank}, but the smallest matrix that it adapts has a "
            f"side of {smallest}.",
            help=f"Set --rank to at most {smallest}.",
        )
