"""The torch backend beside transformers' own forward pass, in both precisions, and its limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engram.backends import kept, load_backend, memory
from engram.core.errors import EngramError
from tests.backends.rows import STOP, make_rows, small_recipe
from tests.tiny import KINDS, tiny_model

torch = pytest.importorskip("torch", reason="the torch backend needs the torch extra")


def nothing(_: object) -> None:
    """Watch nothing."""


@pytest.fixture
def llama(folders: dict[str, Path]) -> Any:
    return load_backend("torch").load(folders["llama"])


@pytest.mark.parametrize("kind", KINDS)
def test_next_tokens_are_those_of_transformers(folders: dict[str, Path], kind: str) -> None:
    from transformers import AutoModelForCausalLM

    model = load_backend("torch", "float32").load(folders[kind])
    plain = AutoModelForCausalLM.from_pretrained(folders[kind], dtype=torch.float32).eval()
    prompts = [row.prompt for row in make_rows(6)]
    found = model.next_token(prompts, nothing)
    with torch.no_grad():
        logits = [plain(torch.tensor([prompt])).logits[0, -1] for prompt in prompts]
    expected = torch.stack(logits).log_softmax(dim=-1).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", ["lora", "dora", "full"])
def test_in_half_precision_rows_are_learnt_and_the_base_stays(
    folders: dict[str, Path], tmp_path: Path, method: str
) -> None:
    model = load_backend("torch", "bfloat16").load(folders["llama"])
    rows = make_rows(8)
    before = {name: value.clone() for name, value in model.anatomy.model.named_parameters()}
    assert {value.dtype for value in before.values()} == {torch.bfloat16}
    rate = 0.002 if method == "full" else 0.01
    recipe = small_recipe(method=method, learning_rate=rate, epochs=40)
    training = model.train(rows, [], recipe, tmp_path, nothing, rehearsed=[rows[0].prompt[:6]])
    assert training.curve[-1].recall == 1.0
    from safetensors.torch import load_file

    weights = load_file(tmp_path / "adapter/adapters.safetensors")
    assert {value.dtype for value in weights.values()} == {torch.float32}
    with model.adapter(tmp_path / "adapter"):
        said = model.answer(rows, STOP, 10, nothing)
        assert [one.tokens for one in said] == [row.answer[:-1] for row in rows]
    after = dict(model.anatomy.model.named_parameters())
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_where_activations_are_kept_changes_no_bit(
    llama: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, recipe = make_rows(10), small_recipe()
    memory_run = llama.train(rows, [], recipe, tmp_path / "memory", nothing)
    monkeypatch.setattr(kept, "IN_MEMORY", 0)
    disk_run = llama.train(rows, [], recipe, tmp_path / "disk", nothing)
    assert type(llama.trained.states.kept).__name__ == "OnDisk"
    assert disk_run.losses == memory_run.losses


def test_a_batch_that_does_not_fit_names_one_that_does(
    llama: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, recipe = make_rows(64), small_recipe(batch_size=64)
    need = memory.batch_bytes(llama.sizes, rows, recipe, 64)
    monkeypatch.setattr(memory, "available_memory", lambda: need // 4)
    with pytest.raises(EngramError, match="step of 64 rows") as error:
        llama.train(rows, [], recipe, tmp_path, nothing)
    assert "--batch-size to " in (error.value.help or "")


def test_what_torch_says_of_memory_is_a_sentence() -> None:
    with pytest.raises(EngramError, match="not enough memory"), memory.explained(16):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
    with pytest.raises(EngramError, match="not enough memory"), memory.explained(16):
        torch.empty(2**60)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]}, "not where they are"),
        ({"use_sliding_window": True, "sliding_window": 4, "max_window_layers": 0}, "window"),
    ],
)
def test_a_model_of_another_shape_is_refused(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    folder = tiny_model(tmp_path, "qwen2")
    config = json.loads((folder / "config.json").read_bytes())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))
    with pytest.raises(EngramError, match=why):
        load_backend("torch").load(folder)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EngramError, match="cannot be loaded"):
        load_backend("torch").load(tmp_path)
