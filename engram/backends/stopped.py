"""How far a run came that was stopped, read from its checkpoint without the framework."""

from __future__ import annotations

import json
import os
from pathlib import Path

# Every backend keeps where training stands in a safetensors file of this name, whose metadata has
# ``progress`` as JSON.
CHECKPOINT = "checkpoint.safetensors"
MOST_BYTES = 1 << 28


def stopped_at(folder: Path) -> int | None:
    """The optimiser step that the checkpoint in ``folder`` was written after; None without one.

    Raises ValueError or OSError for a checkpoint that is damaged.
    """
    path = folder / CHECKPOINT
    if not os.path.lexists(path):
        return None
    if not path.is_file():  # a pipe would never be read to its end
        raise ValueError("it is not a regular file")
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(length) if length <= MOST_BYTES else b""
    try:
        step = json.loads(json.loads(header)["__metadata__"]["progress"])["step"]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"it does not say where training stands ({error!r})") from error
    if not isinstance(step, int):
        raise ValueError("it does not say where training stands")  # noqa: TRY004 - data, not code
    return step
