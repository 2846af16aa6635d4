"""Whether a model and its batches fit, told before memory is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engram.backends.base import Encoded
from engram.core.errors import EngramError
from engram.core.recipe import Recipe
from engram.runtime import available_memory

GIB = 2**30
FP32 = 4
# Copies of a block's hidden and inner states that a training step holds for its gradient.
HIDDEN_COPIES, INNER_COPIES, LOGIT_COPIES = 14, 8, 4
# What is trained: the weights, their gradient, and AdamW's two moments.
TRAINED_COPIES = 4
# Of what is free, the share that advice leaves to a batch.
ROOM = 0.8


def check_model(folder: Path, bytes_per_weight: int) -> None:
    """Raise EngramError if the weights alone are more than the free memory."""
    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    stored = 4 if _stored_as(folder) == "float32" else 2
    need = weights * bytes_per_weight // stored + weights // 4
    free = available_memory()
    if free is not None and need > free:
        raise EngramError(
            f"The model in {folder.name} needs about {need / GIB:.1f} GiB of memory; "
            f"{free / GIB:.1f} GiB are free.",
            help="Choose a smaller model: `engram models` lists sizes; smollm2-135m is small.",
        )


def check_step(args: Any, rows: Sequence[Encoded], recipe: Recipe, parameters: int) -> None:
    """Raise EngramError, with what to lower, if a step that trains ``parameters`` does not fit.

    ``args`` has the model's sizes by the names of its ``config.json``.
    """
    free = available_memory()
    size = min(recipe.batch_size, len(rows))
    adapter = FP32 * parameters * TRAINED_COPIES
    batch = batch_bytes(args, rows, recipe, size)
    if free is None or adapter + batch <= free:
        return
    fits = int(size * (free - adapter) / batch * ROOM)
    what = "what is trained" if recipe.rank is None else "the adapter"
    most = f", most of it for {what}" if adapter > batch else ""
    lower = "--layers" if recipe.rank is None else "--layers or --rank"
    smaller = f"Set --batch-size to {fits} or less, or lower" if fits >= 1 else "Lower"
    raise EngramError(
        f"A training step of {size} rows needs about {(adapter + batch) / GIB:.1f} GiB{most}; "
        f"{free / GIB:.1f} GiB are free.",
        help=f"{smaller} {lower}, or choose a smaller model.",
    )


def batch_bytes(args: Any, rows: Sequence[Encoded], recipe: Recipe, size: int) -> int:
    """What one training step holds: activations of the adapted blocks, and logits, in bytes."""
    longest = max(len(row) for row in rows)
    answer = max(len(row.answer) for row in rows)
    inner = getattr(args, "intermediate_size", 4 * args.hidden_size)
    token = recipe.layers * (HIDDEN_COPIES * args.hidden_size + INNER_COPIES * inner)
    scores = recipe.layers * 3 * args.num_attention_heads * longest
    states: int = size * longest * (token + scores)
    logits: int = size * answer * args.vocab_size * LOGIT_COPIES
    return FP32 * (states + logits)


@contextmanager
def explained(batch_size: int) -> Iterator[None]:
    """Turn a framework's failure to allocate into a sentence that says what to lower."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not isinstance(error, MemoryError) and "alloc" not in str(error):
            raise
        raise EngramError(
            "There is not enough memory for a training step.",
            help=f"Set --batch-size to {max(1, batch_size // 2)} or less, "
            "or choose a smaller model.",
        ) from error


def _stored_as(folder: Path) -> str:
    config = json.loads((folder / "config.json").read_bytes())
    return str(config.get("torch_dtype", config.get("dtype", "float32")))
