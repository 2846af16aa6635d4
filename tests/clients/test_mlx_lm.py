"""mlx-lm's own commands take what engram writes, as it is."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

pytest.importorskip("mlx_lm", reason="mlx-lm comes with the run extra")

from engram import lab
from engram.compiler import compile_corpora
from tests.lab.conftest import SETTINGS, write_corpora
from tests.tiny import tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models") / "llama")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("build")
    corpora = write_corpora(root / "corpora", patterns=60)
    return compile_corpora(corpora, root / "build").manifest_path


def mlx_lm(*arguments: object) -> str:
    command = [sys.executable, "-m", "mlx_lm", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_lora_trains_and_tests_on_the_data_folder(
    manifest: Path, model: Path, tmp_path: Path
) -> None:
    (data,) = manifest.parent.glob("data/*/")
    out = mlx_lm(
        "lora", "--model", model, "--data", data, "--train", "--test", "--iters", 2,
        "--batch-size", 4, "--num-layers", 2, "--adapter-path", tmp_path / "adapter",
        "--val-batches", 1, "--test-batches", 1,
    )  # fmt: skip
    assert "Test loss" in out
    assert (tmp_path / "adapter/adapters.safetensors").exists()


@pytest.mark.parametrize(
    ("method", "numbers"),
    [
        ("lora", {"rank": 8, "learning_rate": 0.01}),
        ("dora", {"rank": 8, "learning_rate": 0.01}),
        ("full", {"learning_rate": 0.002}),
    ],
)
def test_generate_answers_with_the_adapter_as_engram_does(
    manifest: Path, model: Path, method: str, numbers: dict[str, float]
) -> None:
    recipe = lab.recipe(str(model), method=method, epochs=40, layers=4, batch_size=8, **numbers)
    outcome = lab.run(manifest, recipe, settings=SETTINGS, offline=True)
    row = next(
        one
        for one in outcome.report.answers
        if one.base
        and one.tuned
        and one.tuned.stopped
        and one.tuned.text.strip()
        and one.base.text != one.tuned.text
    )
    out = mlx_lm(
        "generate", "--model", model, "--adapter-path", outcome.folder / "adapter",
        "--prompt", row.prompt, "--max-tokens", 24, "--temp", 0.0,
    )  # fmt: skip
    said = out.split("==========")[1].strip()
    assert row.tuned
    assert said == row.tuned.text.strip()


def test_the_server_answers_an_openai_client_with_the_adapter_as_engram_does(
    manifest: Path, model: Path
) -> None:
    openai = pytest.importorskip("openai", reason="the client that the server is made for")
    recipe = lab.recipe(str(model), epochs=40, layers=4, batch_size=8, rank=8, learning_rate=0.01)
    outcome = lab.run(manifest, recipe, settings=SETTINGS, offline=True)
    rows = [row for row in outcome.report.answers if row.tuned and row.tuned.stopped][:3]
    with served("--model", model, "--adapter-path", outcome.folder / "adapter") as address:
        client = openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)
        for row in rows:
            said = client.chat.completions.create(
                model="default_model",
                messages=[{"role": "user", "content": row.prompt}],
                max_tokens=24,
                temperature=0.0,
            ).choices[0]
            assert row.tuned
            assert said.message.content == row.tuned.text
            assert said.finish_reason == "stop"


@contextmanager
def served(*arguments: object) -> Iterator[str]:
    """The address of a server that answers, and is gone after the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlx_lm", "server", "--port", port, *arguments]
    process = subprocess.Popen([*map(str, command)], stderr=subprocess.PIPE, text=True)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            assert process.poll() is None, process.communicate()
            with suppress(OSError), urllib.request.urlopen(f"{address}/health"):  # noqa: S310
                break
            time.sleep(0.1)
        yield address
    finally:
        process.kill()
        process.communicate()
