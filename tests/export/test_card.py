"""The model card: valid for the model hub, true of the run, and its lines of code work."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from engram import lab
from engram.core.exported import Parity, Wish
from engram.export import card
from engram.export.fused import write_fused
from engram.export.kinds import kind_of
from engram.export.source import Source
from engram.lab.watch import Nobody
from tests.lab.conftest import SETTINGS

hub = pytest.importorskip("huggingface_hub", reason="the run extra brings it")
PARITY = Parity(client="mlx-lm 1", rows=10, same=10, least=0.99, stops=9, stopped=9, differing=())


def card_of(experiment: lab.Experiment, wish: Wish, parity: Parity | None = PARITY) -> str:
    source = Source(experiment, wish)
    return card.card_bytes(source, kind_of(wish), parity).decode()


@pytest.fixture(scope="module")
def evaluated(llama: lab.Experiment) -> lab.Experiment:
    lab.evaluate(llama, SETTINGS, Nobody())
    return llama


@pytest.mark.parametrize("to", ["hf", "mlx", "peft", "gguf", "ollama"])
def test_the_front_is_what_the_hub_reads(evaluated: lab.Experiment, to: str) -> None:
    text = card_of(evaluated, Wish.model_validate({"to": to}))
    data = hub.ModelCard(text).data
    assert data.library_name == {"hf": "transformers", "ollama": "gguf"}.get(to, to)
    assert data.license == "other"
    assert data.pipeline_tag == "text-generation"
    assert {"engram", "lora"} <= set(data.tags)


def test_it_names_figures_with_n_and_intervals_and_all_digests(evaluated: lab.Experiment) -> None:
    text = card_of(evaluated, Wish(to="hf"))
    recall = lab.evaluate(evaluated, SETTINGS, Nobody()).report.tuned.probes["recall"]
    assert recall.ci95
    assert f"of {recall.n} ({100 * recall.ci95[0]:.1f} - {100 * recall.ci95[1]:.1f})" in text
    for digest in (evaluated.build.manifest.build_id, evaluated.model.digest, evaluated.run_id):
        assert digest in text
    assert "asked 10 rows through its own chat template: 10 (100.0%" in text
    assert "greetings" in text


def test_the_default_model_is_named_as_the_hub_knows_it() -> None:
    from engram.export.origin import base_name, hub_id
    from engram.models import MODELS, Model

    def model(name: str, revision: str | None) -> Model:
        here = Path(name)
        return Model(name, here, "d", "t", 1, 2, 3, revision, MODELS.get(name))

    default = model("smollm2-135m", "0.1.2")
    assert hub_id(default) == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert base_name(default) == ("smollm2-135m", None)
    assert base_name(model("qwen2-0.5b", "abc")) == ("Qwen/Qwen2-0.5B-Instruct", "abc")
    assert base_name(model("org/name@v1", "abc")) == ("org/name", "abc")
    # Nobody else has the folder, or is to know where it was.
    assert base_name(model("/home/me/secret/own", None)) == ("own", None)


def test_the_lines_for_transformers_run_as_they_stand(
    evaluated: lab.Experiment, tmp_path: Path
) -> None:
    pytest.importorskip("torch", reason="the torch extra brings it")
    write_fused(Source(evaluated, Wish(to="hf")), tmp_path, Nobody())
    lines = re.search(r"```python\n(.*?)```", card_of(evaluated, Wish(to="hf")), re.DOTALL)
    assert lines
    done = subprocess.run(
        [sys.executable, "-c", lines[1]], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
