"""Named tensors: those of a model, and those of a file that is never half written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import mlx.core as mx
from mlx.nn.layers.base import Module
from mlx.utils import tree_flatten

from engram.backends.tensor_file import write_whole

Tensors = dict[str, mx.array]


def flat(tree: Any) -> Tensors:
    """A tree of parameters or optimiser state as dotted names and their tensors."""
    return dict(cast("list[tuple[str, mx.array]]", tree_flatten(tree)))


def trainable(model: Module) -> Tensors:
    """The parameters that training changes."""
    return flat(model.trainable_parameters())


def save_tensors(path: Path, tensors: Tensors, metadata: dict[str, str] | None = None) -> None:
    """Write a safetensors file: it is there in full, or not at all.

    Raises EngramError where it cannot be written.
    """
    write_whole(path, lambda there: mx.save_safetensors(str(there), tensors, metadata or {}))


def read_tensors(path: Path) -> tuple[Tensors, dict[str, str]]:
    """The tensors of a safetensors file, and its metadata."""
    found = mx.load(str(path), return_metadata=True)
    return cast("tuple[Tensors, dict[str, str]]", found)
