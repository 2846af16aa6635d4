"""The torch backend: transformers' models on CPU, CUDA and MPS. The only importer of torch."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import cast

from engram.core.errors import EngramError
from engram.core.extras import extra, torch_help
from engram.runtime import settle

settle()

try:
    with extra(torch_help()):
        import torch
        from torch import nn
        from transformers import AttentionInterface, AutoModelForCausalLM
        from transformers.utils.logging import disable_progress_bar
except ImportError as error:
    raise EngramError(
        f"The torch backend cannot be imported: {error}.", help=torch_help()
    ) from error

from engram.backends.base import Backend, told_of  # noqa: E402
from engram.backends.memory import check_model  # noqa: E402 - after the threads are settled
from engram.backends.torch.caches import ATTENTION, attend  # noqa: E402
from engram.backends.torch.model import TorchModel  # noqa: E402
from engram.backends.torch.probe import measure_gflops  # noqa: E402
from engram.backends.torch.ranks import join  # noqa: E402

AttentionInterface.register(ATTENTION, attend)
disable_progress_bar()  # type: ignore[no-untyped-call]


def _device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


DEVICE: str = _device()
# Few CPUs multiply in half precision as fast as in single precision.
FASTEST: str = "float32" if DEVICE == "cpu" else "bfloat16"


def backend(precision: str | None = None) -> Backend:
    """Torch on this machine, in ``precision`` or the one that is fastest here."""
    dtype, measure = precision or FASTEST, partial(measure_gflops, DEVICE)
    met = partial(join, DEVICE)
    return Backend("torch", DEVICE, dtype, told_of(DEVICE, dtype), read, measure, met)


def read(folder: Path, dtype: str) -> TorchModel:
    """The model in ``folder``, in a precision. Raises EngramError if it cannot be loaded."""
    precision = getattr(torch, dtype)
    check_model(folder, precision.itemsize)
    try:
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=precision, attn_implementation=ATTENTION, local_files_only=True
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise EngramError(
            f"The model in {folder} cannot be loaded: {error}",
            help="Check it with `engram models verify`, or choose another.",
        ) from error
    return TorchModel(cast("nn.Module", model).to(DEVICE).eval(), dtype, DEVICE)
