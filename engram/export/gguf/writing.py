"""Writes a GGUF file, tensor by tensor: no more of the model is in memory than one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from engram.core.errors import EngramError
from engram.core.exported import Quantise
from engram.core.extras import run_extra
from engram.export.gguf.architectures import architecture_of, describe, ordered
from engram.export.gguf.tokens import tokenizer_of, write_tokenizer
from engram.export.origin import base_name
from engram.export.source import Source
from engram.export.weights import DTYPES
from engram.lab.watch import Watch, stage

if TYPE_CHECKING:
    from gguf import GGUFWriter

# What a block of so many numbers is quantised to in one piece.
BLOCK = 32
# Buffers that old checkpoints keep among their weights; they are computed anew from the config.
BUFFERS = ("rotary_emb.inv_freq", "attn.masked_bias", "attn.bias")
FILE_TYPES: dict[Quantise, str] = {
    "f32": "ALL_F32",
    "f16": "MOSTLY_F16",
    "bf16": "MOSTLY_BF16",
    "q8_0": "MOSTLY_Q8_0",
    "q4_0": "MOSTLY_Q4_0",
}


class Part(NamedTuple):
    """A tensor to write: its name here and there, and the type of its numbers."""

    name: str
    there: str
    type: Any


def check_gguf(source: Source) -> None:
    """Raise EngramError for a model or a tokenizer that is not written as GGUF here."""
    architecture_of(source.config)
    tokenizer_of(source)


def file_name(source: Source) -> str:
    """What the file is called."""
    return f"model-{type_of(source)}.gguf"


def type_of(source: Source) -> Quantise:
    """The type that is asked for, or the base's own."""
    own = {dtype: asked for asked, dtype in DTYPES.items()}
    return source.wish.quantise or own.get(source.weights.own_dtype, "f16")


def write_gguf(source: Source, folder: Path, watch: Watch) -> None:
    """Write the fused model into one file in ``folder``."""
    with run_extra():
        from gguf import GGUFWriter
    architecture = architecture_of(source.config)
    parts = list(parts_of(source))
    writer = GGUFWriter(folder / file_name(source), architecture.name)
    try:
        _tell(writer, source)
        for part in parts:
            writer.add_tensor_info(part.there, *_announced(source, part), raw_dtype=part.type)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        with stage(watch, "fusing", len(parts)) as done:
            for part in parts:
                writer.write_tensor_data(_content(source, part))
                done(1)
    finally:
        writer.close()


def parts_of(source: Source) -> Iterator[Part]:
    """The tensors of the file. Raises EngramError for one that has no name there."""
    from gguf import MODEL_ARCH_NAMES, get_tensor_name_map

    architecture = architecture_of(source.config)
    arch = next(key for key, name in MODEL_ARCH_NAMES.items() if name == architecture.name)
    names = get_tensor_name_map(arch, int(source.config["num_hidden_layers"]))
    tied = bool(source.config.get("tie_word_embeddings"))
    for name in sorted(source.weights.base):
        if name.endswith(BUFFERS) or (tied and name.startswith("lm_head.")):
            continue
        there = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if there is None:
            raise EngramError(
                f"The tensor {name} has no name in GGUF.",
                help="Export it --to hf, and convert that with llama.cpp's own script.",
            )
        yield Part(name, there, _type(source, name))


def _tell(writer: GGUFWriter, source: Source) -> None:
    """What stands before the tensors: the model's name and sizes, and its tokenizer."""
    from gguf import LlamaFileType

    writer.add_name(base_name(source.experiment.model).name.rpartition("/")[2])
    writer.add_description(f"engram run {source.experiment.run_id}")
    writer.add_file_type(LlamaFileType[FILE_TYPES[type_of(source)]])
    describe(writer, source.config, architecture_of(source.config))
    write_tokenizer(writer, source)


def _type(source: Source, name: str) -> Any:
    """The type of a tensor: matrices as asked, all else in full.

    Where matrices have 4 bits, those between tokens and vectors have 8, as with llama.cpp's own
    tools; rows that do not fill blocks have 16.
    """
    from gguf import GGMLQuantizationType

    shape, asked = source.weights.base[name].form.shape, type_of(source)
    if len(shape) < 2:
        return GGMLQuantizationType.F32
    if asked == "q4_0" and name.startswith(("model.embed_tokens.", "lm_head.")):
        asked = "q8_0"
    if asked.startswith("q") and shape[-1] % BLOCK:
        asked = "f16"
    return GGMLQuantizationType[asked.upper()]


def _announced(source: Source, part: Part) -> tuple[tuple[int, ...], Any, int]:
    """The shape, type and size of what ``_content`` will give."""
    from gguf.quants import quant_shape_to_byte_shape

    shape = source.weights.base[part.name].form.shape
    if part.type.name in ("F32", "F16"):
        dtype = np.dtype(np.float32 if part.type.name == "F32" else np.float16)
        return shape, dtype, int(np.prod(shape)) * dtype.itemsize
    in_bytes = quant_shape_to_byte_shape(shape, part.type)
    return in_bytes, np.dtype(np.uint8), int(np.prod(in_bytes))


def _content(source: Source, part: Part) -> Any:
    from gguf.quants import quantize

    value = source.weights.float32(part.name)
    architecture = architecture_of(source.config)
    return quantize(
        np.ascontiguousarray(ordered(part.name, value, source.config, architecture)), part.type
    )
