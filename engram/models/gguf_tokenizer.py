"""A tokenizer out of GGUF metadata, in the files that ``tokenizers`` and transformers read.

The JSON is written here and not by the ``tokenizers`` library: its layout changes between versions,
and the digest of what is made is pinned.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engram.core.errors import EngramError

# How GGUF marks a token that is never made from text, such as <|im_end|>.
CONTROL = 3
# The pre-tokenizer of this name splits every digit off, then cuts words as GPT-2 does.
SPLITTER = "smollm"


def write_tokenizer(metadata: Mapping[str, Any], folder: Path) -> None:
    """Write ``tokenizer.json``, its config with the chat template, and the special tokens.

    Raises ``EngramError`` if the tokenizer is of another kind than SmolLM's.
    """
    kind = metadata.get("tokenizer.ggml.model"), metadata.get("tokenizer.ggml.pre")
    if kind != ("gpt2", SPLITTER):
        raise EngramError(f"The tokenizer of this GGUF file is of a kind not known here: {kind}.")
    tokens = metadata["tokenizer.ggml.tokens"]
    specials = _specials(metadata)
    controls = [
        i for i, kind in enumerate(metadata["tokenizer.ggml.token_type"]) if kind == CONTROL
    ]
    added = {i: _added(tokens[i]) for i in controls}
    _write(folder / "tokenizer.json", _tokenizer(metadata, added))
    _write(folder / "special_tokens_map.json", specials)
    config = {
        "added_tokens_decoder": {str(i): token for i, token in added.items()},
        **specials,
        "chat_template": metadata["tokenizer.chat_template"],
        "clean_up_tokenization_spaces": False,
        "model_max_length": metadata["llama.context_length"],
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    _write(folder / "tokenizer_config.json", config)


def _specials(metadata: Mapping[str, Any]) -> dict[str, str]:
    tokens = metadata["tokenizer.ggml.tokens"]
    names = {"bos": "bos", "eos": "eos", "pad": "padding", "unk": "unknown"}
    ids = {key: metadata[f"tokenizer.ggml.{name}_token_id"] for key, name in names.items()}
    return {f"{key}_token": tokens[index] for key, index in ids.items()}


def _added(token: str) -> dict[str, Any]:
    return {
        "content": token,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }


def _tokenizer(
    metadata: Mapping[str, Any], added: Mapping[int, Mapping[str, Any]]
) -> dict[str, Any]:
    tokens = metadata["tokenizer.ggml.tokens"]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": i, **token} for i, token in added.items()],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Digits", "individual_digits": True},
                _byte_level(prefix_space=False),
            ],
        },
        "post_processor": None,
        "decoder": _byte_level(prefix_space=True),
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {token: i for i, token in enumerate(tokens)},
            "merges": metadata["tokenizer.ggml.merges"],
        },
    }


def _byte_level(*, prefix_space: bool) -> dict[str, Any]:
    return {
        "type": "ByteLevel",
        "add_prefix_space": prefix_space,
        "trim_offsets": True,
        "use_regex": True,
    }


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.write_bytes(json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n")
