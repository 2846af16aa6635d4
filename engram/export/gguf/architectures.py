"""What the architectures are called in GGUF, what is told of each, and how rows are ordered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from engram.core.errors import EngramError
from engram.export.adapter import Array

if TYPE_CHECKING:
    from gguf import GGUFWriter

Config = Mapping[str, Any]
# The keys that have a head less, or more, than others: those of queries, and of keys.
QUERIES, KEYS = "self_attn.q_proj.", "self_attn.k_proj."


class Architecture(NamedTuple):
    """``describe`` tells what only this kind has; ``pairs``: rotated halves stand row by row."""

    name: str
    describe: Callable[[GGUFWriter, Config], None]
    pairs: bool = False


def _llama(writer: GGUFWriter, config: Config) -> None:
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    size = head_size(config)
    writer.add_rope_dimension_count(size)
    writer.add_key_length(size)
    writer.add_value_length(size)


def _qwen2(writer: GGUFWriter, config: Config) -> None:
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])


def _phi(writer: GGUFWriter, config: Config) -> None:
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_rope_dimension_count(int(head_size(config) * config["partial_rotary_factor"]))


ARCHITECTURES = {
    "llama": Architecture("llama", _llama, pairs=True),
    "qwen2": Architecture("qwen2", _qwen2),
    "phi": Architecture("phi2", _phi),
}


def architecture_of(config: Config) -> Architecture:
    """The architecture of a model. Raises EngramError for one that is not written here."""
    kind = config.get("model_type")
    if kind not in ARCHITECTURES:
        raise EngramError(
            f"Models of the architecture {kind} are not written as GGUF here.",
            help=f"Those that are: {', '.join(ARCHITECTURES)}. --to hf takes every one.",
        )
    scaling = _rope(config).get("rope_type", _rope(config).get("type", "default"))
    if scaling != "default":
        raise EngramError(
            f"The model stretches its positions ({scaling}), which is not written as GGUF here.",
            help="Export it --to hf, and convert that with llama.cpp's own script.",
        )
    return ARCHITECTURES[kind]


def describe(writer: GGUFWriter, config: Config, architecture: Architecture) -> None:
    """Write the sizes of a model, as llama.cpp reads them."""
    heads = config["num_attention_heads"]
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config.get("num_key_value_heads") or heads)
    writer.add_rope_freq_base(config.get("rope_theta") or _rope(config).get("rope_theta", 1e4))
    writer.add_vocab_size(config["vocab_size"])
    architecture.describe(writer, config)


def head_size(config: Config) -> int:
    """How many numbers a head has."""
    found = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    return int(found)


def ordered(name: str, value: Array, config: Config, architecture: Architecture) -> Array:
    """A tensor with its rows as llama.cpp wants them.

    The published llama rotates the first half of a head against the second, and llama.cpp's turns
    pairs of neighbours: row i of a half becomes row 2 i, or 2 i + 1.
    """
    if not architecture.pairs or not (QUERIES in name or KEYS in name):
        return value
    heads = config["num_attention_heads"]
    if KEYS in name:
        heads = config.get("num_key_value_heads") or heads
    halves = value.reshape(heads, 2, value.shape[0] // heads // 2, *value.shape[1:])
    return halves.swapaxes(1, 2).reshape(value.shape)


def _rope(config: Config) -> Mapping[str, Any]:
    """What a config says of positions beyond its base, under either of the names for it."""
    return config.get("rope_parameters") or config.get("rope_scaling") or {}
