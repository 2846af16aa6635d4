"""What stands beside weights: config, tokenizer, chat template, and how an answer is generated."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from engram.export.source import Source
from engram.export.weights import NAMES
from engram.models.layout import TOKENIZER, read_json

TOKENIZER_CONFIG = "tokenizer_config.json"
GENERATION = "generation_config.json"
# By either of these names a config says the type of its weights.
DTYPE_KEYS = ("torch_dtype", "dtype")


def write_config(source: Source, folder: Path) -> None:
    """Write ``config.json``: the base's, but for the type of the weights and the stop token."""
    config = dict(source.config)
    if source.weights.dtype:
        for key in [key for key in DTYPE_KEYS if key in config] or DTYPE_KEYS[:1]:
            config[key] = NAMES[source.weights.dtype]
    config["eos_token_id"] = source.stop
    _write(folder / "config.json", config)


def write_tokenizer(source: Source, folder: Path) -> None:
    """Copy the base's tokenizer, and give it the stated chat template where it has none."""
    for name in TOKENIZER:
        if (source.base / name).is_file():
            shutil.copyfile(source.base / name, folder / name)
    if not source.has_template:
        config = read_json(folder / TOKENIZER_CONFIG)
        _write(folder / TOKENIZER_CONFIG, {**config, "chat_template": source.template})


def write_generation(source: Source, folder: Path) -> None:
    """Write ``generation_config.json``: the most likely answer, ended by the stop token.

    What the base says of sampling is left out: an answer that was trained is not drawn by lot, and
    a penalty for repetition would change it.
    """
    path = source.base / GENERATION
    base = read_json(path) if path.is_file() else {}
    kept: dict[str, Any] = {
        name: base[name] for name in ("bos_token_id", "pad_token_id") if name in base
    }
    kept.setdefault("pad_token_id", source.stop)
    _write(folder / GENERATION, {**kept, "eos_token_id": source.stop, "do_sample": False})


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_bytes(json.dumps(value, indent=2).encode() + b"\n")
