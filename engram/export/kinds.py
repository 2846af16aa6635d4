"""What a run can be exported to: who writes it, and who is asked whether it is right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from engram.core.errors import EngramError
from engram.core.exported import QUANTISATIONS, Target, Wish
from engram.export.adapters import check_mlx, check_peft, write_mlx_adapter, write_peft_adapter
from engram.export.fused import write_fused
from engram.export.gguf.writing import check_gguf, write_gguf
from engram.export.ollama.writing import check_ollama, write_ollama
from engram.export.source import Source
from engram.lab.watch import Watch


def _nothing(_: Source) -> None:
    """Every run can be exported so."""


class Kind(NamedTuple):
    """A kind of export. ``library`` is what the model hub calls those who load it.

    ``check`` raises EngramError for a run that cannot be exported so, before anything is computed.
    """

    write: Callable[[Source, Path, Watch], None]
    client: str
    library: str
    check: Callable[[Source], None] = _nothing
    quantises: tuple[str, ...] = ()


FLOATS = ("f32", "f16", "bf16")
_ADAPTER = Kind(write_mlx_adapter, "mlx-lm", "mlx", check_mlx)
_KINDS: dict[Target, Kind] = {
    "hf": Kind(write_fused, "transformers", "transformers", quantises=FLOATS),
    "mlx": Kind(write_fused, "mlx-lm", "mlx", quantises=FLOATS),
    "peft": Kind(write_peft_adapter, "peft", "peft", check_peft),
    "gguf": Kind(write_gguf, "llama.cpp", "gguf", check_gguf, QUANTISATIONS),
    "ollama": Kind(write_ollama, "ollama", "gguf", check_ollama, QUANTISATIONS),
}


def kind_of(wish: Wish) -> Kind:
    """The kind that is wished for. Raises EngramError for a wish that nothing fulfils."""
    if wish.adapter and wish.to != "mlx":
        raise EngramError(
            f"--adapter is for --to mlx, and not for {wish.to}.",
            help="PEFT's adapter is --to peft; every other export is a whole model.",
        )
    kind = _ADAPTER if wish.adapter else _KINDS[wish.to]
    if wish.quantise and wish.quantise not in kind.quantises:
        what = (
            "An adapter by itself keeps its own numbers"
            if not kind.quantises
            else (f"--to {wish.to} has {', '.join(kind.quantises)}")
        )
        raise EngramError(
            f"{what}, and no {wish.quantise}.", help="Leave out --quantise, or choose another."
        )
    return kind
