"""Where training stands, in one file: a run that was killed goes on from it, to the same bits."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import mlx.core as mx
import mlx.optimizers as optim
from mlx.nn.layers.base import Module
from mlx.utils import tree_unflatten

from engram.backends.best import Judged
from engram.backends.mlx.tensors import Tensors, flat, read_tensors, save_tensors, trainable
from engram.backends.progress import Progress
from engram.backends.review import Review
from engram.backends.stopped import CHECKPOINT as STATE

BEST = "best.safetensors"


def save_state(folder: Path, model: Module, optimizer: optim.Optimizer, progress: Progress) -> None:
    """Write weights, optimiser and progress together, in one atomic replacement."""
    tensors = {f"weights/{k}": v for k, v in trainable(model).items()}
    tensors |= {f"optimizer/{k}": v for k, v in flat(optimizer.state).items()}
    save_tensors(folder / STATE, tensors, {"progress": json.dumps(asdict(progress))})


def load_state(folder: Path, model: Module, optimizer: optim.Optimizer) -> Progress | None:
    """Put model and optimiser back where the checkpoint left them; None without one."""
    path = folder / STATE
    if not path.exists():
        return None
    tensors, metadata = read_tensors(path)
    model.load_weights(_under("weights/", tensors), strict=False)
    optimizer.state = tree_unflatten(_under("optimizer/", tensors))
    mx.eval(model.trainable_parameters(), optimizer.state)
    found = json.loads(metadata["progress"])
    found["review"] = Review(**found["review"])
    found["best"] = found["best"] and Judged(**found["best"])
    return Progress(**found)


def save_best(folder: Path, model: Module) -> None:
    """Keep the weights of the best epoch so far."""
    save_tensors(folder / BEST, trainable(model))


def load_best(folder: Path, model: Module) -> None:
    """Put the weights of the best epoch back."""
    tensors, _ = read_tensors(folder / BEST)
    model.load_weights(list(tensors.items()), strict=False)


def clear(folder: Path) -> None:
    """Remove what only an unfinished run needs."""
    for name in (STATE, BEST):
        (folder / name).unlink(missing_ok=True)


def _under(prefix: str, tensors: Tensors) -> list[tuple[str, mx.array]]:
    return [(k.removeprefix(prefix), v) for k, v in tensors.items() if k.startswith(prefix)]
