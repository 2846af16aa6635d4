"""Reads and writes safetensors files, tensor by tensor.

The layout is the published one: eight bytes with the length of a JSON header, the header, the data.
It is written here and not by the library for two reasons: the bytes, whose digest is pinned, must
not change with the library's version, and only one tensor has to be in memory at a time. Read it is
here since the library has no bfloat16 for numpy.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float32]

ALIGNMENT = 8
# The types that weights are computed with, by their names in a header, and the bytes of a number.
FLOATS = {"F32": 4, "F16": 2, "BF16": 2}

Tensor = Callable[[], "npt.NDArray[np.float32]"]


class Form(NamedTuple):
    """What a header says of a tensor, but for its place: ``dtype`` as there, such as ``BF16``."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor in a file: its bytes are those from ``start`` to ``end``."""

    path: Path
    form: Form
    start: int
    end: int

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.end - self.start

    def raw(self) -> bytes:
        """Its bytes as they are stored. Raises ValueError if the file has lost some."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            data = file.read(self.size)
        if len(data) != self.size:
            raise ValueError(f"{self.path} ends in the middle of a tensor")
        return data

    def float32(self) -> Array:
        """Its values; nothing is rounded. Raises ValueError if they are no floats."""
        return to_float32(self.raw(), self.form)


def read_header(path: Path) -> dict[str, Stored]:
    """The tensors in a file, by name. Raises OSError or ValueError where it is not of this form."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(min(length, path.stat().st_size)))
    try:
        return {
            name: _stored(path, entry, 8 + length)
            for name, entry in header.items()
            if name != "__metadata__"
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not a safetensors file") from error


def write_float32(
    path: Path, shapes: Mapping[str, tuple[int, ...]], tensor: Mapping[str, Tensor]
) -> None:
    """Write float32 tensors in order of name; ``tensor`` makes each one when its turn comes."""

    def content(name: str) -> bytes:
        array = tensor[name]()
        if array.shape != shapes[name] or array.dtype.str != "<f4":
            raise ValueError(f"{name} is {array.dtype}{array.shape}, not float32{shapes[name]}")
        return array.tobytes()

    sizes = {name: math.prod(shape) * FLOATS["F32"] for name, shape in shapes.items()}
    forms = {name: (Form("F32", shapes[name]), sizes[name]) for name in sorted(shapes)}
    write(path, forms, map(content, forms))


def write(path: Path, tensors: Mapping[str, tuple[Form, int]], contents: Iterable[bytes]) -> None:
    """Write tensors, each of a form and so many bytes, with their contents in the same order."""
    header = _header(tensors)
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little"))
        file.write(header)
        for content in contents:
            file.write(content)


def to_float32(data: bytes, form: Form) -> Array:
    """The values of a tensor's bytes. Raises ValueError if they are no floats."""
    import numpy as np

    if form.dtype == "F32":
        found = np.frombuffer(data, "<f4")
    elif form.dtype == "F16":
        found = np.frombuffer(data, "<f2").astype(np.float32)
    elif form.dtype == "BF16":
        # The upper half of a float32.
        found = (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    else:
        raise ValueError(f"a tensor of type {form.dtype} holds no floats")
    return found.reshape(form.shape)


def from_float32(array: Array, dtype: str) -> bytes:
    """The bytes of values as F32, F16 or BF16, rounded to the nearest, to even where two are."""
    import numpy as np

    if dtype == "F32":
        return array.astype("<f4").tobytes()
    if dtype == "F16":
        return array.astype("<f2").tobytes()
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    # What is not a number must stay so: rounding could carry it over to zero or infinity.
    rounded = np.where(np.isnan(array), (bits >> 16) | 0x40, rounded)
    return rounded.astype("<u2").tobytes()


def _stored(path: Path, entry: Mapping[str, object], data: int) -> Stored:
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not (isinstance(shape, list) and isinstance(offsets, list) and len(offsets) == 2):
        raise TypeError
    form = Form(str(entry["dtype"]), tuple(int(side) for side in shape))
    return Stored(path, form, data + int(offsets[0]), data + int(offsets[1]))


def _header(tensors: Mapping[str, tuple[Form, int]]) -> bytes:
    """The header, padded with spaces so that the data that follows is aligned."""
    entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, ((dtype, shape), size) in tensors.items():
        start, end = end, end + size
        entries[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(entries, separators=(",", ":")).encode()
    return text + b" " * (-len(text) % ALIGNMENT)
