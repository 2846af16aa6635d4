"""GGUF: what the ``gguf`` package reads in the file, and what llama.cpp computes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engram import lab
from engram.core.errors import EngramError
from engram.core.exported import QUANTISATIONS, Wish
from engram.export.gguf.architectures import ARCHITECTURES, architecture_of, ordered
from engram.export.gguf.tokens import cutter
from engram.export.gguf.writing import file_name, write_gguf
from engram.export.source import Source
from engram.lab.watch import Nobody
from engram.models.gguf import halves
from tests.export.conftest import Trained
from tests.tiny import KINDS, SPECIALS

gguf = pytest.importorskip("gguf", reason="the run extra brings it")

PROMPTS = ("hello 0", "good day number 3", "Finish this: hello 11")
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}


def written(experiment: lab.Experiment, folder: Path, quantise: Any = None) -> Path:
    source = Source(experiment, Wish(to="gguf", quantise=quantise))
    write_gguf(source, folder, Nobody())
    return folder / file_name(source)


def fields(path: Path) -> dict[str, Any]:
    return {name: field.contents() for name, field in gguf.GGUFReader(path).fields.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_tokenizer_is_the_one_that_was_trained_with(
    trained: Trained, tmp_path: Path, kind: str
) -> None:
    experiment = trained(kind, "lora")
    prompter = experiment.prompter
    found = fields(written(experiment, tmp_path))
    tokens = found["tokenizer.ggml.tokens"]
    assert [tokens[index] for index in (0, 1, 2)] == list(SPECIALS)
    assert found["tokenizer.ggml.token_type"][:4] == [3, 3, 3, 1]
    assert tokens == prompter.tokenizer.convert_ids_to_tokens(range(len(tokens)))
    assert found["tokenizer.ggml.eos_token_id"] == prompter.stop
    assert found["tokenizer.ggml.add_bos_token"] is False
    assert found["tokenizer.chat_template"] == prompter.tokenizer.chat_template
    assert found["tokenizer.ggml.merges"]
    assert found["general.architecture"] == {"phi": "phi2", "qwen2": "qwen2"}.get(kind, "llama")


@pytest.mark.parametrize("quantise", QUANTISATIONS)
def test_weights_are_those_of_the_fused_model_in_the_type_that_is_asked_for(
    llama: lab.Experiment, tmp_path: Path, quantise: str
) -> None:
    path = written(llama, tmp_path, quantise)
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}
    weights = Source(llama, Wish(to="gguf")).weights
    down = tensors["blk.3.ffn_down.weight"]
    assert down.tensor_type.name == quantise.upper()
    expected = weights.float32("model.layers.3.mlp.down_proj.weight")
    found = gguf.quants.dequantize(down.data, down.tensor_type).reshape(expected.shape)
    error = {"f32": 0, "f16": 1e-3, "bf16": 8e-3, "q8_0": 0.02, "q4_0": 0.25}[quantise]
    assert np.abs(found - expected).max() <= error * np.abs(expected).max()
    assert tensors["output_norm.weight"].tensor_type.name == "F32"
    assert "output.weight" not in tensors, "the embeddings are tied"
    assert path.name == f"model-{quantise}.gguf"


def test_rows_of_queries_and_keys_are_put_so_that_reading_them_back_gives_the_published() -> None:
    config = {"model_type": "llama", "num_attention_heads": 4, "num_key_value_heads": 2}
    value = np.arange(64 * 5, dtype=np.float32).reshape(64, 5)
    for name, heads in (("q_proj", 4), ("k_proj", 2)):
        found = ordered(f"x.self_attn.{name}.weight", value, config, ARCHITECTURES["llama"])
        assert not np.array_equal(found, value)
        np.testing.assert_array_equal(halves(found, heads), value)
    kept = ordered("x.self_attn.q_proj.weight", value, config, ARCHITECTURES["qwen2"])
    np.testing.assert_array_equal(kept, value)


@pytest.mark.parametrize("method", ["lora", "dora", "full"])
@pytest.mark.parametrize("kind", KINDS)
def test_llama_cpp_computes_the_same(
    trained: Trained, tmp_path: Path, kind: str, method: str
) -> None:
    llama_cpp = pytest.importorskip("llama_cpp", reason="it is built from source, for minutes")
    experiment = trained(kind, method)
    prompts = [experiment.prompter.prompt(text) for text in PROMPTS]
    with experiment.language_model.adapter(experiment.adapter):
        expected = experiment.language_model.next_token(prompts, lambda _: None)
    path = written(experiment, tmp_path)
    model = llama_cpp.Llama(str(path), n_ctx=256, logits_all=True, verbose=False)
    for prompt, there in zip(prompts, expected, strict=True):
        model.reset()
        model.eval(list(prompt))
        logits = np.array(model.scores[len(prompt) - 1])
        logits = logits - logits.max()
        found = logits - np.log(np.exp(logits).sum())
        # Keys and values are kept in half precision there.
        np.testing.assert_allclose(found, there, rtol=2e-2, atol=2e-2)
        assert found.argmax() == there.argmax()


def test_another_architecture_is_refused_by_its_name() -> None:
    with pytest.raises(EngramError, match="architecture mamba"):
        architecture_of({"model_type": "mamba"})
    with pytest.raises(EngramError, match="stretches its positions \\(yarn\\)"):
        architecture_of({"model_type": "llama", "rope_scaling": {"rope_type": "yarn"}})


def test_a_tokenizer_that_llama_cpp_does_not_have_is_refused() -> None:
    def of(*steps: dict[str, Any], kind: str = "BPE") -> str:
        steps_of = {"type": "Sequence", "pretokenizers": list(steps)}
        return cutter({"model": {"type": kind}, "pre_tokenizer": steps_of})

    digits = {"type": "Digits", "individual_digits": True}
    assert of(BYTE_LEVEL) == "gpt-2"
    assert of(digits, BYTE_LEVEL) == "smollm"
    with pytest.raises(EngramError, match="Unigram"):
        of(BYTE_LEVEL, kind="Unigram")
    with pytest.raises(EngramError, match="no name there: Punctuation"):
        of({"type": "Punctuation"}, BYTE_LEVEL)
