"""A GGUF file becomes a model folder with exactly the weights that it stands for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter
from safetensors import safe_open
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from engram.core.errors import EngramError
from engram.models.digests import sha256_of
from engram.models.gguf import convert
from engram.models.layout import context_length_of, model_files, parameters_of
from engram.models.trial import try_tokenizer
from tests.models.tiny_wheel import tiny_gguf
from tests.tiny import CHATML, SPECIALS


def test_weights_come_back_exactly_and_in_the_published_order(tmp_path: Path) -> None:
    weights = tiny_gguf(tmp_path / "tiny.gguf")
    convert(tmp_path / "tiny.gguf", tmp_path / "out")
    converted = load_file(tmp_path / "out" / "model.safetensors")
    assert converted.keys() == weights.keys()
    for name, weight in weights.items():
        np.testing.assert_array_equal(converted[name], weight, err_msg=name)


def test_the_file_is_well_formed_for_other_readers(tmp_path: Path) -> None:
    weights = tiny_gguf(tmp_path / "tiny.gguf")
    convert(tmp_path / "tiny.gguf", tmp_path / "out")
    with safe_open(tmp_path / "out" / "model.safetensors", "np") as opened:
        assert opened.metadata() == {"format": "pt"}
    assert parameters_of(tmp_path / "out") == sum(weight.size for weight in weights.values())
    assert context_length_of(tmp_path / "out") == 512


def test_conversion_is_the_same_every_time(tmp_path: Path) -> None:
    tiny_gguf(tmp_path / "tiny.gguf")
    digests = []
    for out in (tmp_path / "a", tmp_path / "b"):
        convert(tmp_path / "tiny.gguf", out)
        digests.append({path.name: sha256_of(path) for path in model_files(out)})
    assert digests[0] == digests[1]


def test_the_config_says_what_the_metadata_says(tmp_path: Path) -> None:
    tiny_gguf(tmp_path / "tiny.gguf")
    convert(tmp_path / "tiny.gguf", tmp_path / "out")
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["rms_norm_eps"] == 1e-5
    assert config["rope_theta"] == 100000.0
    assert (config["num_attention_heads"], config["num_key_value_heads"]) == (4, 2)
    assert config["tie_word_embeddings"] is True
    generation = json.loads((tmp_path / "out" / "generation_config.json").read_text())
    assert generation["eos_token_id"] == SPECIALS.index("<|im_end|>")


def test_the_tokenizer_splits_digits_and_knows_its_control_tokens(tmp_path: Path) -> None:
    tiny_gguf(tmp_path / "tiny.gguf")
    convert(tmp_path / "tiny.gguf", tmp_path / "out")
    try_tokenizer(tmp_path / "out")
    tokenizer = Tokenizer.from_file(str(tmp_path / "out" / "tokenizer.json"))
    digits = tokenizer.encode("2024-01").tokens
    assert digits == ["2", "0", "2", "4", "-", "0", "1"]
    assert tokenizer.encode("<|im_end|>").ids == [2]


def test_transformers_and_mlx_lm_load_the_folder(tmp_path: Path) -> None:
    mlx_lm = pytest.importorskip("mlx_lm", reason="needs mlx-lm")
    tiny_gguf(tmp_path / "tiny.gguf")
    convert(tmp_path / "tiny.gguf", tmp_path / "out")
    _, tokenizer = mlx_lm.load(str(tmp_path / "out"))
    assert tokenizer.chat_template == CHATML
    assert tokenizer.eos_token_ids == {2}
    assert tokenizer.decode(tokenizer.encode("naïve 12")) == "naïve 12"


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    writer = GGUFWriter(tmp_path / "other.gguf", "mamba")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(EngramError, match="holds no llama model"):
        convert(tmp_path / "other.gguf", tmp_path / "out")
