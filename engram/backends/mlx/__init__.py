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

from engram.backends.memory import check_model  # noqa: E402 - after the BLAS
from engram.backends.mlx.light import lighten  # noqa: E402
from engram.backends.mlx.model import MlxModel  # noqa: E402

name = "mlx"
device: str = RUNTIME.device
# On a CPU only fp32 products are fast; on a GPU half the bytes are twice the speed.
dtype: str = "float32" if device == "cpu" else "bfloat16"
warnings: tuple[str, ...] = RUNTIME.warnings


def load(folder: Path) -> MlxModel:
    """Read the model in ``folder`` into memory, in the precision that is fastest here."""
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
    found = MlxModel(model, dtype, device)
    if device == "cpu":
        lighten(model)
    return found
