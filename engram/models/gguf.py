"""GGUF to a model folder: float32 safetensors, a config, a tokenizer.

Only what the pinned model is made of is read: the llama architecture with a byte-level BPE
tokenizer. The ``gguf`` package parses the file (mlx's own reader has written out of bounds) and
dequantises it; nothing is rounded, so the weights are exactly those that the quantised file stands
for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engram.core.errors import EngramError
from engram.core.extras import run_extra
from engram.models.gguf_tokenizer import write_tokenizer
from engram.models.safetensors import Tensor, write_float32

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from gguf import GGUFReader, ReaderTensor

    Array = npt.NDArray[np.float32]

PLAIN = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
BLOCK = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def convert(source: Path, folder: Path) -> None:
    """Write the model in a GGUF file into a folder, as mlx-lm and transformers read it.

    Raises ``EngramError`` if it is not a llama with a byte-level BPE tokenizer.
    """
    with run_extra():
        from gguf import GGUFReader
    reader = GGUFReader(source)
    metadata = {name: field.contents() for name, field in reader.fields.items()}
    if metadata.get("general.architecture") != "llama":
        raise EngramError(f"{source.name} holds no llama model.")
    config = _config(metadata, tied="output.weight" not in {t.name for t in reader.tensors})
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "config.json", config)
    _write(folder / "generation_config.json", _generation(metadata))
    write_tokenizer(metadata, folder)
    _write_weights(reader, config, folder / "model.safetensors")


def _config(metadata: Mapping[str, Any], *, tied: bool) -> dict[str, Any]:
    heads = metadata["llama.attention.head_count"]
    hidden = metadata["llama.embedding_length"]
    return {
        "architectures": ["LlamaForCausalLM"],
        "attention_bias": False,
        "bos_token_id": metadata["tokenizer.ggml.bos_token_id"],
        "eos_token_id": metadata["tokenizer.ggml.eos_token_id"],
        "head_dim": hidden // heads,
        "hidden_act": "silu",
        "hidden_size": hidden,
        "intermediate_size": metadata["llama.feed_forward_length"],
        "max_position_embeddings": metadata["llama.context_length"],
        "mlp_bias": False,
        "model_type": "llama",
        "num_attention_heads": heads,
        "num_hidden_layers": metadata["llama.block_count"],
        "num_key_value_heads": metadata["llama.attention.head_count_kv"],
        "pad_token_id": metadata["tokenizer.ggml.padding_token_id"],
        "rms_norm_eps": _shortest(metadata["llama.attention.layer_norm_rms_epsilon"]),
        "rope_scaling": None,
        "rope_theta": _shortest(metadata["llama.rope.freq_base"]),
        "tie_word_embeddings": tied,
        "torch_dtype": "float32",
        "vocab_size": len(metadata["tokenizer.ggml.tokens"]),
    }


def _generation(metadata: Mapping[str, Any]) -> dict[str, Any]:
    names = {"bos": "bos", "eos": "eos", "pad": "padding"}
    return {
        f"{key}_token_id": metadata[f"tokenizer.ggml.{of}_token_id"] for key, of in names.items()
    }


def _shortest(value: float) -> float:
    """The shortest decimal that is this float32: 1e-05 and not 9.999999747378752e-06."""
    import numpy as np

    return float(str(np.float32(value)))


def _write_weights(reader: GGUFReader, config: Mapping[str, Any], path: Path) -> None:
    shapes: dict[str, tuple[int, ...]] = {}
    tensors: dict[str, Tensor] = {}
    for tensor in reader.tensors:
        name = _published_name(tensor.name)
        # GGUF counts dimensions from the fastest running one.
        shapes[name] = tuple(int(size) for size in reversed(tensor.shape))
        tensors[name] = partial(_dequantised, tensor, shapes[name], _order(name, config))
    write_float32(path, shapes, tensors)


def _published_name(name: str) -> str:
    """The name that the published model gives a tensor."""
    if name in PLAIN:
        return PLAIN[name]
    found = re.fullmatch(r"blk\.(\d+)\.(\w+)\.weight", name)
    if found is None or found[2] not in BLOCK:
        raise EngramError(f"The tensor {name} is not known in a llama model.")
    return f"model.layers.{found[1]}.{BLOCK[found[2]]}.weight"


def _order(name: str, config: Mapping[str, Any]) -> Callable[[Array], Array]:
    """What puts the rows of a tensor into the published order."""
    if name.endswith("q_proj.weight"):
        return partial(halves, heads=config["num_attention_heads"])
    if name.endswith("k_proj.weight"):
        return partial(halves, heads=config["num_key_value_heads"])
    return lambda array: array


def halves(array: Array, heads: int) -> Array:
    """Rows of each head as two halves that rotate together; GGUF interleaves them in pairs."""
    rows, columns = array.shape
    pairs = array.reshape(heads, rows // heads // 2, 2, columns)
    return pairs.swapaxes(1, 2).reshape(rows, columns)


def _dequantised(
    tensor: ReaderTensor, shape: tuple[int, ...], order: Callable[[Array], Array]
) -> Array:
    from gguf.quants import dequantize

    array: Array = dequantize(tensor.data, tensor.tensor_type).reshape(shape)
    return order(array)


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.write_bytes(json.dumps(value, indent=2).encode() + b"\n")
