"""Writes a safetensors file, tensor by tensor.

The layout is the published one: eight bytes with the length of a JSON header, the header, the data.
It is written here and not by the library for two reasons: the bytes, whose digest is pinned, must
not change with the library's version, and only one tensor has to be in memory at a time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

ALIGNMENT = 8
FLOAT_BYTES = 4

Tensor = Callable[[], "npt.NDArray[np.float32]"]


def write_float32(
    path: Path, shapes: Mapping[str, tuple[int, ...]], tensor: Mapping[str, Tensor]
) -> None:
    """Write float32 tensors in order of name; ``tensor`` makes each one when its turn comes."""
    names = sorted(shapes)
    header = _header({name: shapes[name] for name in names})
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little"))
        file.write(header)
        for name in names:
            array = tensor[name]()
            if array.shape != shapes[name] or array.dtype.str != "<f4":
                raise ValueError(f"{name} is {array.dtype}{array.shape}, not float32{shapes[name]}")
            file.write(array.tobytes())


def _header(shapes: Mapping[str, tuple[int, ...]]) -> bytes:
    """The header, padded with spaces so that the data that follows is aligned."""
    entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        start = end
        end += math.prod(shape) * FLOAT_BYTES
        entries[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(entries, separators=(",", ":")).encode()
    return text + b" " * (-len(text) % ALIGNMENT)
