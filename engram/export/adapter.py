"""An adapter as arrays, whichever backend trained it, and what it makes of a base's weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engram.backends.adapter_files import Config, read_adapter
from engram.models.safetensors import read_header

Array = npt.NDArray[np.float32]
WEIGHT = ".weight"
DOWN, UP, MAGNITUDE = "lora_a", "lora_b", "m"


@dataclass(frozen=True)
class Adapter:
    """The tensors of an adapter by their names in its file.

    Of a linear layer: ``lora_a`` [inputs, rank], ``lora_b`` [rank, outputs] and, with DoRA, ``m``
    [outputs]; of full tuning, the weights themselves.
    """

    config: Config
    tensors: dict[str, Array]

    @cached_property
    def layers(self) -> list[str]:
        """The linear layers that the adapter stands beside; none with full tuning."""
        ends = f".{DOWN}"
        return sorted(name.removesuffix(ends) for name in self.tensors if name.endswith(ends))

    @cached_property
    def changed(self) -> frozenset[str]:
        """The names of the weights that are not what they were."""
        if self.config.fine_tune_type == "full":
            return frozenset(self.tensors)
        return frozenset(layer + WEIGHT for layer in self.layers)

    @property
    def scale(self) -> float:
        return self.config.lora_parameters.scale if self.config.lora_parameters else 1.0

    @property
    def rank(self) -> int:
        return self.config.lora_parameters.rank if self.config.lora_parameters else 0

    def merged(self, name: str, weight: Array) -> Array:
        """A weight of the base with the adapter in it, in single precision.

        LoRA (Hu et al., 2021): W + scale (A B)^T, [outputs, inputs]. DoRA (Liu et al., 2024): the
        rows of that sum at the lengths m. Full tuning: what was trained.
        """
        if name not in self.changed:
            return weight
        if self.config.fine_tune_type == "full":
            return self.tensors[name]
        layer = name.removesuffix(WEIGHT)
        down, up = self.tensors[f"{layer}.{DOWN}"], self.tensors[f"{layer}.{UP}"]
        found: Array = weight + np.float32(self.scale) * (down @ up).T
        if self.config.fine_tune_type == "dora":
            lengths = np.linalg.norm(found, axis=1)
            found *= (self.tensors[f"{layer}.{MAGNITUDE}"] / lengths)[:, None]
        return found


def adapter_in(folder: Path) -> Adapter:
    """The adapter in a folder. Raises RefusedBuild if it cannot be read."""

    def read(path: Path) -> dict[str, Array]:
        return {name: stored.float32() for name, stored in read_header(path).items()}

    return Adapter(*read_adapter(folder, read))
