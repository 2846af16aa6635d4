"""Named tensors: those of a model, and those of a file that is never half written."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from engram.backends.tensor_file import write_whole

Tensors = dict[str, torch.Tensor]


def trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that training changes."""
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def copied(tensors: dict[str, nn.Parameter]) -> Tensors:
    """The values as they are now."""
    return {name: value.detach().clone() for name, value in tensors.items()}


def fill(tensors: dict[str, nn.Parameter], values: Tensors) -> None:
    """Put values in place of those that parameters of the same names have."""
    with torch.no_grad():
        for name, value in values.items():
            tensors[name].copy_(value)


def save_tensors(path: Path, tensors: Tensors, metadata: dict[str, str] | None = None) -> None:
    """Write a safetensors file: it is there in full, or not at all.

    Raises EngramError where it cannot be written.
    """
    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}

    def write(there: Path) -> None:
        try:
            save_file(plain, there, metadata)
        except SafetensorError as error:
            raise RuntimeError(str(error)) from error

    write_whole(path, write)


def read_tensors(path: Path) -> tuple[Tensors, dict[str, str]]:
    """The tensors of a safetensors file, and its metadata. Raises OSError or ValueError."""
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, dict(file.metadata() or {})
    except SafetensorError as error:
        raise ValueError(str(error)) from error
