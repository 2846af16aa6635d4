"""The weights that are exported: those of the base with the adapter in them, one at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from engram.core.errors import EngramError
from engram.core.exported import Quantise
from engram.export.adapter import Adapter, Array
from engram.models.layout import WEIGHTS
from engram.models.safetensors import FLOATS, Form, Stored, from_float32, read_header

# The types that a safetensors file has for what a user may ask for.
DTYPES: dict[Quantise, str] = {"f32": "F32", "f16": "F16", "bf16": "BF16"}
NAMES = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}


@dataclass(frozen=True)
class Weights:
    """Fused weights by the names of the published model. ``dtype``: null for the base's own."""

    base: dict[str, Stored]
    adapter: Adapter
    dtype: str | None = None

    @property
    def own_dtype(self) -> str:
        """The type of most numbers in the base."""
        sizes: dict[str, int] = {}
        for stored in self.base.values():
            sizes[stored.form.dtype] = sizes.get(stored.form.dtype, 0) + stored.size
        return max(sizes, key=lambda dtype: sizes[dtype])

    def form(self, name: str) -> Form:
        """The type and shape that a tensor is written in; what holds no floats stays as it is."""
        found = self.base[name].form
        return found if found.dtype not in FLOATS else Form(self.dtype or found.dtype, found.shape)

    def size(self, name: str) -> int:
        """The bytes that a tensor is written in."""
        dtype, shape = self.form(name)
        return math.prod(shape) * FLOATS[dtype] if dtype in FLOATS else self.base[name].size

    def float32(self, name: str) -> Array:
        """A tensor in single precision, with the adapter in it."""
        return self.adapter.merged(name, self.base[name].float32())

    def content(self, name: str) -> bytes:
        """A tensor as it is written. One that nothing changes keeps every bit."""
        if name not in self.adapter.changed and self.form(name) == self.base[name].form:
            return self.base[name].raw()
        return from_float32(self.float32(name), self.form(name).dtype)


def weights_in(folder: Path, adapter: Adapter) -> Weights:
    """The weights of the model in ``folder`` with an adapter in them.

    Raises EngramError if they cannot be read, or are packed so that nothing can be added to them.
    """
    base: dict[str, Stored] = {}
    try:
        for path in sorted(folder.glob(WEIGHTS)):
            base |= read_header(path)
    except (OSError, ValueError) as error:
        raise EngramError(
            f"The weights in {folder} cannot be read: {error}",
            help="Check the model with `engram models verify`.",
        ) from error
    for name in sorted(adapter.changed):
        if name not in base or base[name].form.dtype not in FLOATS:
            kind = base[name].form.dtype if name in base else "missing"
            raise EngramError(
                f"The adapter cannot be put into the base's weights: {name} is {kind} there.",
                help="Export the adapter by itself: --to peft, or --to mlx --adapter.",
            )
    return Weights(base, adapter)
