"""The MLX backend: Metal, CUDA and CPU. The only importer of mlx and mlx-lm.

A fast BLAS must be in the process before mlx is, so ``prepare`` runs first.
"""

from __future__ import annotations

from pathlib import Path

from engram.core.errors import EngramError
from engram.core.extras import install_help, run_extra
from engram.runtime import Runtime, prepare

RUNTIME: Runtime = prepare()

try:
    with run_extra():
        import mlx.core as mx
        from mlx_lm.utils import load_model
except ImportError as error:
    raise EngramError(
        f"The MLX backend cannot be imported: {error}.", help=install_help()
    ) from error

from engram.backends.base import Backend, told_of  # noqa: E402
from engram.backends.memory import check_model  # noqa: E402 - after the BLAS
from engram.backends.mlx.light import lighten  # noqa: E402
from engram.backends.mlx.model import MlxModel  # noqa: E402
from engram.backends.mlx.probe import measure_gflops  # noqa: E402
from engram.backends.mlx.ranks import join  # noqa: E402

DEVICE: str = RUNTIME.device
# On a CPU only fp32 products are fast; on a GPU half the bytes are twice the speed.
FASTEST: str = "float32" if DEVICE == "cpu" else "bfloat16"


def backend(precision: str | None = None) -> Backend:
    """MLX on this machine, in ``precision`` or the one that is fastest here."""
    dtype = precision or FASTEST
    warnings = RUNTIME.warnings + told_of(DEVICE, dtype)
    return Backend("mlx", DEVICE, dtype, warnings, read, measure_gflops, join)


def read(folder: Path, dtype: str) -> MlxModel:
    """The model in ``folder``, in a precision. Raises EngramError if it cannot be loaded."""
    precision = getattr(mx, dtype)
    check_model(folder, precision.size)
    try:
        model, _ = load_model(folder, lazy=True)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise EngramError(
            f"The model in {folder} cannot be loaded: {error}",
            help="Check it with `engram models verify`, or choose another.",
        ) from error
    model.set_dtype(precision)
    model.eval()
    mx.eval(model.parameters())
    found = MlxModel(model, dtype, DEVICE)
    if DEVICE == "cpu" and dtype == "float32":
        lighten(model)
    return found
