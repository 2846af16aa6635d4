"""A folder with fused weights: what transformers and mlx-lm load as any other model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from engram.backends.base import OnRows
from engram.export.companions import write_config, write_generation, write_tokenizer
from engram.export.source import Source
from engram.export.weights import Weights
from engram.lab.watch import Watch, stage
from engram.models.safetensors import write

INDEX = "model.safetensors.index.json"
PATTERN = "model{suffix}.safetensors"
# The size from which the model hub asks for more files than one.
LARGEST = 5_000_000_000


def write_fused(source: Source, folder: Path, watch: Watch) -> None:
    """Write the whole model: weights, config, tokenizer, and how answers are generated."""
    write_weights(source.weights, folder, watch)
    write_config(source, folder)
    write_tokenizer(source, folder)
    write_generation(source, folder)


def write_weights(weights: Weights, folder: Path, watch: Watch, largest: int = LARGEST) -> None:
    """Write the weights in one file, or in files of at most ``largest`` bytes and their index."""
    from huggingface_hub import split_state_dict_into_shards_factory

    sizes = {name: weights.size(name) for name in sorted(weights.base)}
    plan = split_state_dict_into_shards_factory(
        sizes,
        get_storage_size=lambda size: size,
        filename_pattern=PATTERN,
        max_shard_size=largest,
    )
    with stage(watch, "fusing", len(sizes)) as done:
        for file, names in plan.filename_to_tensors.items():
            tensors = {name: (weights.form(name), sizes[name]) for name in names}
            write(folder / file, tensors, _contents(weights, names, done))
    if plan.is_sharded:
        index = {"metadata": plan.metadata, "weight_map": plan.tensor_to_filename}
        (folder / INDEX).write_bytes(json.dumps(index, indent=2).encode() + b"\n")


def _contents(weights: Weights, names: Iterable[str], done: OnRows) -> Iterator[bytes]:
    for name in names:
        yield weights.content(name)
        done(1)
