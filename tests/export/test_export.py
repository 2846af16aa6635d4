"""``engram export`` as a person meets it: checked in the real client, or not there at all."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from engram import lab
from engram.cli import cli
from engram.cli.exits import exit_code_of
from engram.models.digests import sha256_of
from tests.export.conftest import Trained

Output = pytest.CaptureFixture[str]
ROWS = ("--rows", "6")


def engram(*arguments: object) -> int:
    return exit_code_of(lambda: cli.main([str(a) for a in arguments], standalone_mode=False))


def export(experiment: lab.Experiment, *arguments: object, folder: object = None) -> int:
    manifest = Path(str(folder or experiment.build.folder)) / "manifest.json"
    return engram("export", experiment.run_id, "--manifest", manifest, *ROWS, *arguments)


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("kind", "flags", "client", "holds"),
    [
        ("llama", ("--to", "hf"), "transformers", "model.safetensors"),
        ("phi", ("--to", "hf"), "transformers", "tokenizer_config.json"),
        ("qwen2", ("--to", "mlx"), "mlx-lm", "model.safetensors"),
        ("llama", ("--to", "mlx", "--adapter"), "mlx-lm", "adapters.safetensors"),
        ("phi", ("--to", "peft"), "peft", "adapter_model.safetensors"),
        ("qwen2", ("--to", "gguf"), "llama-cpp-python", "model-f32.gguf"),
        ("phi", ("--to", "ollama", "--quantise", "f16"), "llama-cpp-python", "Modelfile"),
    ],
)
def test_an_export_answers_in_its_client_as_the_adapter_does(
    trained: Trained,
    tmp_path: Path,
    capsys: Output,
    kind: str,
    flags: tuple[str, ...],
    client: str,
    holds: str,
) -> None:
    package = {"transformers": "torch", "mlx-lm": "mlx_lm", "llama-cpp-python": "llama_cpp"}
    pytest.importorskip(package.get(client, client), reason="an extra brings it")
    out = tmp_path / "out"
    assert export(trained(kind, "lora"), *flags, "-o", out) == 0
    text = capsys.readouterr().out
    assert f"6 rows in {client} " in text
    assert "6 as the adapter answers (100.0%" in text
    assert max(map(len, text.replace(str(out), "out").splitlines())) <= 80
    record = json.loads((out / "engram-export.json").read_bytes())
    assert {file["path"] for file in record["files"]} == set(left_in(out)) - {"engram-export.json"}
    assert holds in left_in(out)
    for file in record["files"]:
        assert sha256_of(out / file["path"]) == file["sha256"]
    assert left_in(tmp_path) == ["out"]


def test_the_outcome_can_be_read_by_a_program(
    llama: lab.Experiment, tmp_path: Path, capsys: Output
) -> None:
    assert export(llama, "--to", "mlx", "-o", tmp_path / "out", "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["folder"] == str(tmp_path / "out")
    assert told["parity"]["same"] == told["parity"]["rows"] == 6
    assert told["record"]["adapter_digest"]


def test_a_broken_chat_template_is_found_and_nothing_is_written(
    llama: lab.Experiment, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram.export import fused

    write = fused.write_tokenizer

    def broken(source: Any, folder: Path) -> None:
        write(source, folder)
        path = folder / "tokenizer_config.json"
        path.write_text(path.read_text().replace("small test model", "large test model"))

    monkeypatch.setattr(fused, "write_tokenizer", broken)
    assert export(llama, "--to", "mlx", "-o", tmp_path / "out") == 1
    out, err = capsys.readouterr()
    assert "0 as the adapter answers (0.0%; at least 99.0% had to be)" in out
    assert "other tokens of the prompt" in out
    assert "Nothing was written" in err
    assert left_in(tmp_path) == []


def test_an_export_that_never_stops_is_found(
    llama: lab.Experiment, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="the torch extra brings it")
    from engram.export import fused

    def endless(_: Any, folder: Path) -> None:
        (folder / "generation_config.json").write_text('{"eos_token_id": 5}')

    monkeypatch.setattr(fused, "write_generation", endless)
    # Whatever share of the answers may differ.
    assert export(llama, "--to", "hf", "-o", tmp_path / "out", "--least", "0") == 1
    assert "stopped:  0 of the 6" in capsys.readouterr().out
    assert left_in(tmp_path) == []


def test_unchecked_asks_nothing_and_says_so(
    llama: lab.Experiment, tmp_path: Path, capsys: Output
) -> None:
    out = tmp_path / "out"
    assert export(llama, "--to", "mlx", "-o", out, "--unchecked") == 0
    assert "NOT AT ALL" in capsys.readouterr().out
    assert "Nobody has asked this export anything" in (out / "README.md").read_text()
    assert json.loads((out / "engram-export.json").read_bytes())["parity"] is None


def test_a_client_that_is_missing_is_named_with_what_installs_it(
    llama: lab.Experiment, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engram.export.asking.find_spec", lambda _: None)
    assert export(llama, "--to", "peft", "-o", tmp_path / "out") == 2
    err = capsys.readouterr().err
    assert "pip install 'engram[peft]'" in err
    assert "--unchecked" in err
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "method", "flags", "says"),
    [
        ("llama", "full", ("--to", "peft"), "no adapter for PEFT"),
        ("phi", "lora", ("--to", "mlx", "--adapter"), "has none"),
        ("llama", "lora", ("--to", "hf", "--adapter"), "--adapter is for --to mlx"),
        ("llama", "lora", ("--to", "peft", "--quantise", "f16"), "keeps its own numbers"),
        ("llama", "lora", ("--to", "hf", "--quantise", "q8_0"), "has f32, f16, bf16"),
    ],
)
def test_what_cannot_be_exported_so_is_refused_with_a_reason(
    trained: Trained, tmp_path: Path, capsys: Output, kind: str, method: str, flags: Any, says: str
) -> None:
    assert export(trained(kind, method), *flags, "-o", tmp_path / "out") == 2
    assert says in " ".join(capsys.readouterr().err.split())
    assert left_in(tmp_path) == []


def test_only_an_earlier_export_is_replaced(
    llama: lab.Experiment, tmp_path: Path, capsys: Output
) -> None:
    out = tmp_path / "out"
    assert export(llama, "--to", "mlx", "--adapter", "-o", out, "--unchecked") == 0
    assert export(llama, "--to", "mlx", "-o", out, "--unchecked") == 0
    assert "adapters.safetensors" not in left_in(out)
    (out / "mine.txt").write_text("mine")
    assert export(llama, "--to", "mlx", "-o", out, "--unchecked") == 2
    assert "mine.txt" in capsys.readouterr().err
    assert (out / "mine.txt").read_text() == "mine"
    assert left_in(tmp_path) == ["out"]


def test_a_run_that_is_not_there_lists_those_that_are(
    llama: lab.Experiment, manifest: Path, tmp_path: Path, capsys: Output
) -> None:
    out = tmp_path / "out"
    assert engram("export", "zzz", "--manifest", manifest, "--to", "hf", "-o", out) == 2
    assert llama.run_id in capsys.readouterr().err


@pytest.mark.parametrize(
    ("damaged", "says"),
    [
        ("runs/*/adapter/adapters.safetensors", "is not the one that was trained"),
        ("data/*/train.jsonl", "train.jsonl has changed since it was compiled"),
    ],
)
def test_a_flipped_byte_of_run_or_build_is_refused(
    llama: lab.Experiment, tmp_path: Path, capsys: Output, damaged: str, says: str
) -> None:
    build = tmp_path / "build"
    shutil.copytree(llama.build.folder, build)
    for path in build.glob(damaged):
        data = bytearray(path.read_bytes())
        data[-9] ^= 1
        path.write_bytes(data)
    assert export(llama, "--to", "mlx", "-o", tmp_path / "out", folder=build) == 1
    assert says in capsys.readouterr().err
    assert left_in(tmp_path) == ["build"]


FULL_DISK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from engram.cli import main
main()
"""


def command(experiment: lab.Experiment, out: Path, *flags: str) -> list[str]:
    manifest = f"{experiment.build.folder}/manifest.json"
    return ["export", experiment.run_id, "--manifest", manifest, "-o", str(out), *flags]


def test_a_file_that_cannot_be_written_leaves_nothing(
    llama: lab.Experiment, tmp_path: Path
) -> None:
    arguments = command(llama, tmp_path / "out", "--to", "mlx", "--unchecked")
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 2, done.stderr
    assert "The export cannot be written" in done.stderr
    assert left_in(tmp_path) == []


def test_ctrl_c_leaves_nothing_and_no_client_behind(llama: lab.Experiment, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "engram", *command(llama, tmp_path / "out", "--to", "mlx")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 120
    while not any(tmp_path.glob(".engram-*/model.safetensors")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert left_in(tmp_path) == []
