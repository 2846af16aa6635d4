"""Which files of a folder are the model, and which of them the tokenizer."""

from __future__ import annotations

import json
import math
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from engram.core.errors import EngramError
from engram.models.safetensors import read_header

WEIGHTS = "model*.safetensors"
TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "chat_template.json",
)
OTHERS = ("config.json", "generation_config.json", "model.safetensors.index.json", WEIGHTS)
VOCABULARIES = ("tokenizer.json", "tokenizer.model", "vocab.json")

# The shortest context of any model here; for a config that does not state one.
SHORTEST_CONTEXT = 2048


def is_model_file(name: str) -> bool:
    """Whether a file of this name (relative to the model's folder) is part of a model."""
    return any(fnmatchcase(name, pattern) for pattern in (*TOKENIZER, *OTHERS)) and "/" not in name


def model_files(folder: Path) -> list[Path]:
    """The files in a folder that are part of its model, in order of name."""
    files = (path for path in folder.iterdir() if path.is_file() and is_model_file(path.name))
    return sorted(files, key=lambda path: path.name)


def check_complete(names: list[str], where: str) -> None:
    """Raise ``EngramError`` unless these file names make up a whole model."""
    lacking = []
    if "config.json" not in names:
        lacking.append("config.json")
    if not any(fnmatchcase(name, WEIGHTS) for name in names):
        lacking.append("weights (model*.safetensors)")
    if not set(names) & set(VOCABULARIES):
        lacking.append("tokenizer")
    if lacking:
        raise EngramError(
            f"{where} is not a model that engram can use: it has no {' and no '.join(lacking)}.",
            help="A model is a folder with config.json, safetensors weights and a tokenizer.",
        )


def context_length_of(folder: Path) -> int:
    """The most tokens that the model was made for, from its config."""
    config = read_json(folder / "config.json")
    for key in ("max_position_embeddings", "n_positions", "max_sequence_length"):
        if isinstance(value := config.get(key), int):
            return value
    return SHORTEST_CONTEXT


def parameters_of(folder: Path) -> int:
    """The number of weights stored in the safetensors files, from their headers alone."""
    return sum(_stored(path) for path in folder.glob(WEIGHTS))


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises ``EngramError`` if there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EngramError(f"{path} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise EngramError(f"{path} does not hold a JSON object.")
    return value


def _stored(path: Path) -> int:
    """The number of weights in a safetensors file."""
    try:
        tensors = read_header(path).values()
    except (OSError, ValueError) as error:
        raise EngramError(f"{path} is not a safetensors file.") from error
    return sum(math.prod(tensor.form.shape) for tensor in tensors)
