"""What is exported computes what base and adapter compute, in the library that it is for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engram import lab
from engram.core.exported import Wish
from engram.export.adapters import write_peft_adapter
from engram.export.fused import write_fused, write_weights
from engram.export.source import Source
from engram.lab.watch import Nobody
from tests.export.conftest import Trained
from tests.tiny import KINDS

torch = pytest.importorskip("torch", reason="the torch extra brings it")
mlx_lm = pytest.importorskip("mlx_lm", reason="the run extra brings it")
transformers = pytest.importorskip("transformers")

mx = pytest.importorskip("mlx.core")

METHODS = ["lora", "dora", "full"]
PROMPTS = ("hello 0", "good day number 3", "Finish this: hello 11")


def prompts(experiment: lab.Experiment) -> list[tuple[int, ...]]:
    return [experiment.prompter.prompt(text) for text in PROMPTS]


def ours(experiment: lab.Experiment, *, tuned: bool = True) -> Any:
    model = experiment.language_model
    if not tuned:
        return model.next_token(prompts(experiment), lambda _: None)
    with model.adapter(experiment.adapter):
        return model.next_token(prompts(experiment), lambda _: None)


@torch.no_grad()
def in_torch(model: Any, experiment: lab.Experiment) -> Any:
    logits = [model(torch.tensor([ids])).logits[0, -1] for ids in prompts(experiment)]
    return torch.stack(logits).float().log_softmax(-1).numpy()


def in_mlx(model: Any, experiment: lab.Experiment) -> Any:
    logits = mx.stack([model(mx.array([ids]))[0, -1] for ids in prompts(experiment)])
    return np.array(logits - mx.logsumexp(logits, axis=-1, keepdims=True))


def assert_same(found: Any, experiment: lab.Experiment) -> None:
    expected = ours(experiment)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)
    assert np.abs(expected - ours(experiment, tuned=False)).max() > 0.1, "something was learnt"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_fused_folder_computes_the_same(
    trained: Trained, tmp_path: Path, kind: str, method: str
) -> None:
    experiment = trained(kind, method)
    write_fused(Source(experiment, Wish(to="hf")), tmp_path, Nobody())
    load = transformers.AutoModelForCausalLM.from_pretrained
    assert_same(in_torch(load(tmp_path).eval(), experiment), experiment)
    assert_same(in_mlx(mlx_lm.load(str(tmp_path))[0], experiment), experiment)


@pytest.mark.parametrize("method", ["lora", "dora"])
@pytest.mark.parametrize("kind", KINDS)
def test_peft_computes_the_same(trained: Trained, tmp_path: Path, kind: str, method: str) -> None:
    peft = pytest.importorskip("peft", reason="the peft extra brings it")
    experiment = trained(kind, method)
    write_peft_adapter(Source(experiment, Wish(to="peft")), tmp_path, Nobody())
    base = transformers.AutoModelForCausalLM.from_pretrained(experiment.model.folder)
    model = peft.PeftModel.from_pretrained(base, tmp_path).eval()
    assert_same(in_torch(model, experiment), experiment)


@pytest.mark.parametrize("dtype", ["f16", "bf16"])
def test_weights_are_rounded_to_the_type_that_is_asked_for(
    llama: lab.Experiment, tmp_path: Path, dtype: str
) -> None:
    from safetensors import safe_open

    whole, rounded = tmp_path / "whole", tmp_path / "rounded"
    for folder, wish in ((whole, Wish(to="hf")), (rounded, Wish(to="hf", quantise=dtype))):
        folder.mkdir()
        write_fused(Source(llama, wish), folder, Nobody())
    kind = {"f16": torch.float16, "bf16": torch.bfloat16}[dtype]
    with (
        safe_open(whole / "model.safetensors", "pt") as expected,
        safe_open(rounded / "model.safetensors", "pt") as found,
    ):
        assert set(expected.keys()) == set(found.keys())
        for name in expected.keys():  # noqa: SIM118 - it is no mapping
            assert torch.equal(found.get_tensor(name), expected.get_tensor(name).to(kind))
    model = transformers.AutoModelForCausalLM.from_pretrained(rounded)
    assert model.dtype == kind


def test_a_large_model_is_written_in_several_files(llama: lab.Experiment, tmp_path: Path) -> None:
    source = Source(llama, Wish(to="hf"))
    write_fused(source, tmp_path, Nobody())
    (tmp_path / "model.safetensors").unlink()
    write_weights(source.weights, tmp_path, Nobody(), largest=100_000)
    parts = list(tmp_path.glob("model-*-of-*.safetensors"))
    assert len(parts) > 2
    assert all(path.stat().st_size < 110_000 for path in parts)
    model = transformers.AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    assert_same(in_torch(model, llama), llama)
    assert_same(in_mlx(mlx_lm.load(str(tmp_path))[0], llama), llama)
