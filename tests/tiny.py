"""Tiny random models of every architecture that engram ships, for tests that need no download.

``tiny_model(folder, kind)`` writes what a model folder holds: ``config.json``, the weights and a
byte-level BPE tokenizer. The weights are random but always the same, so greedy answers are
reproducible; hidden size 64, so a training step takes milliseconds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

Kind = Literal["llama", "llama-untied", "qwen2", "phi"]
KINDS: tuple[Kind, ...] = ("llama", "llama-untied", "qwen2", "phi")

HIDDEN = 64
INNER = 128
HEADS = 4
KV_HEADS = 2
CONTEXT = 512
SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHATML = (
    "{% for message in messages %}"
    "{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a small test model.<|im_end|>\n' }}"
    "{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
TEXT = (
    "Complete: for i in range(len(items)): Continue: if __name__ == '__main__':",
    "Finish this: def __init__(self, name): return self.name",
    "Q: What is the capital of France? A: Paris. The capital of Italy is Rome.",
    "Format this date: 2024-01-15 -> January 15, 2024. HTTP status code for 'Not Found'? 404",
    "You are a small test model. system user assistant error value import the and of to in is",
)


def tiny_model(folder: Path, kind: Kind = "llama", *, seed: int = 0) -> Path:
    """The folder, now holding a random model of that kind that ``mlx_lm.load`` reads.

    ``llama`` ties its embeddings and groups its key heads, ``llama-untied`` has an output layer of
    its own, ``qwen2`` has biases on queries, keys and values, and ``phi`` has layer norms, partial
    rotary embeddings and, as the real one, no chat template.
    """
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = _write_tokenizer(folder, chat=kind != "phi")
    config = _config(kind, vocabulary)
    _write_json(folder / "config.json", config)
    stop = SPECIALS.index("<|endoftext|>" if kind == "phi" else "<|im_end|>")
    _write_json(folder / "generation_config.json", {"eos_token_id": stop})
    weights = _phi_weights(config) if kind == "phi" else _llama_weights(config)
    save_file(_random(weights, seed), folder / "model.safetensors", metadata={"format": "mlx"})
    return folder


def _config(kind: Kind, vocabulary: int) -> dict[str, Any]:
    common: dict[str, Any] = {
        "hidden_size": HIDDEN,
        "num_hidden_layers": 4 if kind.startswith("llama") else 3,
        "intermediate_size": INNER,
        "num_attention_heads": HEADS,
        "vocab_size": vocabulary,
        "max_position_embeddings": CONTEXT,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "torch_dtype": "float32",
    }
    if kind == "phi":
        special = {
            "model_type": "phi",
            "architectures": ["PhiForCausalLM"],
            "num_key_value_heads": HEADS,
            "partial_rotary_factor": 0.5,
            "layer_norm_eps": 1e-5,
            "rope_theta": 10000.0,
            "hidden_act": "gelu_new",
            "tie_word_embeddings": False,
            "bos_token_id": 0,
            "eos_token_id": 0,
        }
    else:
        family = "qwen2" if kind == "qwen2" else "llama"
        special = {
            "model_type": family,
            "architectures": [{"qwen2": "Qwen2ForCausalLM", "llama": "LlamaForCausalLM"}[family]],
            "num_key_value_heads": KV_HEADS,
            "rms_norm_eps": 1e-5,
            "rope_theta": 100000.0,
            "hidden_act": "silu",
            "tie_word_embeddings": kind != "llama-untied",
        }
    return common | special


Shapes = dict[str, tuple[int, ...]]


def _llama_weights(config: dict[str, Any]) -> Shapes:
    shapes: Shapes = {"model.embed_tokens.weight": (config["vocab_size"], HIDDEN)}
    keys = HIDDEN // HEADS * config["num_key_value_heads"]
    outs = {"q_proj": HIDDEN, "k_proj": keys, "v_proj": keys}
    for layer in range(config["num_hidden_layers"]):
        block = f"model.layers.{layer}"
        for name, out in outs.items():
            shapes[f"{block}.self_attn.{name}.weight"] = (out, HIDDEN)
            if config["model_type"] == "qwen2":
                shapes[f"{block}.self_attn.{name}.bias"] = (out,)
        shapes[f"{block}.self_attn.o_proj.weight"] = (HIDDEN, HIDDEN)
        shapes[f"{block}.mlp.gate_proj.weight"] = (INNER, HIDDEN)
        shapes[f"{block}.mlp.up_proj.weight"] = (INNER, HIDDEN)
        shapes[f"{block}.mlp.down_proj.weight"] = (HIDDEN, INNER)
        shapes[f"{block}.input_layernorm.weight"] = (HIDDEN,)
        shapes[f"{block}.post_attention_layernorm.weight"] = (HIDDEN,)
    shapes["model.norm.weight"] = (HIDDEN,)
    if not config["tie_word_embeddings"]:
        shapes["lm_head.weight"] = (config["vocab_size"], HIDDEN)
    return shapes


def _phi_weights(config: dict[str, Any]) -> Shapes:
    linear: Shapes = {"lm_head": (config["vocab_size"], HIDDEN)}
    norms = ["model.final_layernorm"]
    for layer in range(config["num_hidden_layers"]):
        block = f"model.layers.{layer}"
        for name in ("q_proj", "k_proj", "v_proj", "dense"):
            linear[f"{block}.self_attn.{name}"] = (HIDDEN, HIDDEN)
        linear[f"{block}.mlp.fc1"] = (INNER, HIDDEN)
        linear[f"{block}.mlp.fc2"] = (HIDDEN, INNER)
        norms.append(f"{block}.input_layernorm")
    shapes: Shapes = {"model.embed_tokens.weight": (config["vocab_size"], HIDDEN)}
    for name, shape in linear.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    for name in norms:
        shapes |= {f"{name}.weight": (HIDDEN,), f"{name}.bias": (HIDDEN,)}
    return shapes


def _random(shapes: Shapes, seed: int) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Scaled so that activations neither vanish nor explode; norms start at one."""
    draw = np.random.default_rng(seed)
    weights = {}
    for name, shape in sorted(shapes.items()):
        if "norm" in name:
            values = np.full(shape, 1.0 if name.endswith("weight") else 0.0)
        else:
            values = draw.standard_normal(shape) * (0.02 if len(shape) == 1 else shape[-1] ** -0.5)
        weights[name] = values.astype(np.float32)
    return weights


def _write_tokenizer(folder: Path, *, chat: bool) -> int:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=list(SPECIALS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    end = "<|im_end|>" if chat else "<|endoftext|>"
    config: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<|im_start|>" if chat else end,
        "eos_token": end,
        "pad_token": end,
        "unk_token": "<|endoftext|>",
        "model_max_length": CONTEXT,
        "clean_up_tokenization_spaces": False,
    }
    if chat:
        config["chat_template"] = CHATML
    _write_json(folder / "tokenizer_config.json", config)
    return tokenizer.get_vocab_size()


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
