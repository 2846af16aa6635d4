"""``engram run`` and its steps, as a person at a terminal meets them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mlx", reason="running needs the run extra")

from engram.cli import COMMANDS, cli
from engram.cli.exits import exit_code_of
from engram.compiler import compile_corpora
from engram.core.errors import RefusedBuild
from tests.lab.conftest import write_corpora
from tests.tiny import tiny_model

FLAGS = ["--epochs", "1", "--layers", "1", "--rank", "2", "--batch-size", "8"]
WITHOUT_THE_EXTRA = """
import sys
for name in ("mlx", "mlx.core", "mlx_lm", "torch", "filelock", "huggingface_hub", "tqdm", "gguf"):
    sys.modules[name] = None
from engram.cli import main
main()
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models") / "llama")


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    corpora = write_corpora(tmp_path / "corpora", holdout="variant", patterns=24)
    return compile_corpora(corpora, tmp_path / "build").manifest_path


def engram(*arguments: object) -> int:
    return exit_code_of(lambda: cli.main([str(a) for a in arguments], standalone_mode=False))


Output = pytest.CaptureFixture[str]


def test_a_run_shows_before_and_after_and_names_its_files(
    manifest: Path, model: Path, capsys: Output
) -> None:
    assert engram("run", "--manifest", manifest, "--model", model, "--quick", *FLAGS) == 0
    out, err = capsys.readouterr()
    assert "model   " in err
    assert re.search(r"training: \d+/\d+", err)
    assert re.search(r"^recall +0\.0% of 12", out, re.MULTILINE)
    for name in ("report.json", "comparison.json", "report.md", "report.html"):
        path = re.search(rf"^written: (.*/{name})$", out, re.MULTILINE)
        assert path
        assert Path(path[1]).stat().st_size > 0
    table = out[out.index("Base against tuned") : out.index("Wrong answers")]
    assert max(map(len, table.splitlines())) <= 80


def test_the_steps_one_by_one_are_the_run(manifest: Path, model: Path, capsys: Output) -> None:
    chosen = ["--manifest", manifest, "--model", model, "--quick", *FLAGS]
    assert engram("train", *chosen) == 0
    out, _ = capsys.readouterr()
    run = re.search(r"--run (\w+)", out)
    assert run
    assert "epoch 1: loss" in out
    assert engram("eval", "--manifest", manifest, "--run", run[1]) == 0
    assert "Base against tuned" in capsys.readouterr().out
    assert engram("demo", "--manifest", manifest, "--run", run[1][:6]) == 0
    assert "hello" in capsys.readouterr().out
    assert engram("run", *chosen) == 0
    assert "Evaluated before" in capsys.readouterr().err


def test_an_unknown_model_lists_the_known(manifest: Path, capsys: Output) -> None:
    assert engram("run", "--manifest", manifest, "--model", "smolm2-135m") == 2
    err = capsys.readouterr().err
    assert "smolm2-135m" in err
    assert "smollm2-135m" in err
    assert "qwen2-0.5b" in err


@pytest.mark.parametrize("command", [["run", "--offline"], ["train"], ["eval"], ["demo"]])
def test_a_missing_model_says_the_command_that_gets_it(
    manifest: Path,
    command: list[str],
    capsys: Output,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ENGRAM_HOME", str(tmp_path / "empty"))
    assert engram(*command, "--manifest", manifest) == 2
    assert "engram models pull smollm2-135m" in capsys.readouterr().err


def test_a_flipped_byte_is_refused_with_the_name_of_the_file(
    manifest: Path, model: Path, capsys: Output
) -> None:
    path = next(manifest.parent.glob("data/*/test.jsonl"))
    path.write_bytes(path.read_bytes().replace(b"bye", b"bya", 1))
    assert engram("run", "--manifest", manifest, "--model", model, *FLAGS) == 1
    assert "test.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["nothing compiled", "a flipped byte"])
def test_nothing_is_fetched_for_a_build_that_is_refused(
    manifest: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram import lab, models

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("a model was fetched")

    monkeypatch.setattr(models, "pull", fail)
    monkeypatch.setattr(lab, "pull", fail)
    if damage == "nothing compiled":
        manifest.unlink()
    else:
        manifest.write_bytes(manifest.read_bytes().replace(b"c0", b"c2", 1))
    assert engram("run", "--manifest", manifest) in (1, 2)
    with pytest.raises(RefusedBuild):
        lab.run(manifest)


def test_a_missing_manifest_says_how_to_make_one(tmp_path: Path, capsys: Output) -> None:
    assert engram("run", "--offline", "--manifest", tmp_path / "manifest.json") == 2
    assert "Compile first: engram compile corpora -o build" in capsys.readouterr().err


def test_a_rank_for_full_tuning_is_a_usage_error(manifest: Path, capsys: Output) -> None:
    assert engram("train", "--manifest", manifest, "--method", "full", "--rank", "3") == 2
    assert "leave it out with --method full" in capsys.readouterr().err


def test_a_run_id_beside_flags_of_a_recipe_is_a_usage_error(manifest: Path, capsys: Output) -> None:
    assert engram("eval", "--manifest", manifest, "--run", "ab", "--rank", "3") == 2
    assert "leave out --rank" in capsys.readouterr().err


def test_a_batch_too_large_for_memory_names_a_smaller_one(
    manifest: Path, model: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram.backends import memory

    monkeypatch.setattr(memory, "check_model", lambda *_: None)
    monkeypatch.setattr(memory, "available_memory", lambda: 10_000_000)
    flags = ["--epochs", "1", "--layers", "2", "--rank", "2", "--batch-size", "60"]
    assert engram("run", "--manifest", manifest, "--model", model, *flags) == 2
    assert re.search(r"Set --batch-size to \d+ or less", capsys.readouterr().err)


def test_a_run_on_torch_is_told_and_goes_on_with_torch(
    manifest: Path, model: Path, capsys: Output
) -> None:
    pytest.importorskip("torch", reason="the torch backend needs the torch extra")
    chosen = ["--backend", "torch", "--model", model, *FLAGS, "--rehearsed", "4"]
    assert engram("run", "--manifest", manifest, *chosen) == 0
    told = capsys.readouterr()
    assert " on torch (" in told.err
    (report,) = manifest.parent.glob("runs/*/report.json")
    assert json.loads(report.read_bytes())["chain"]["backend"] == "torch"
    run = report.parent.name
    assert engram("eval", "--manifest", manifest, "--run", run) == 0
    assert "Evaluated before" in capsys.readouterr().err
    assert engram("eval", "--manifest", manifest, "--run", run, "--backend", "mlx") == 1
    assert "is not of this build, model and machine" in capsys.readouterr().err
    assert engram("demo", "--script", "--manifest", manifest, "--run", run) == 0
    assert capsys.readouterr().out.startswith("prompt: ")


@pytest.mark.parametrize("command", ["run", "train", "eval", "demo"])
def test_a_missing_extra_is_named(manifest: Path, command: str) -> None:
    program = [sys.executable, "-c", WITHOUT_THE_EXTRA, command, "--manifest", str(manifest)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    first, second = done.stderr.splitlines()
    assert first == "error: The Python package mlx is not installed, and this command needs it."
    assert second.startswith("help: Install what running needs: pip install 'engram[run]'")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_80_columns(name: str, capsys: Output) -> None:
    assert engram(name, "--help") == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_a_bug_is_one_line_and_a_log(
    manifest: Path, model: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram import lab

    monkeypatch.setattr(lab, "train", lambda *_: 1 // 0)
    assert engram("run", "--manifest", manifest, "--model", model, *FLAGS) == 3
    err = capsys.readouterr().err
    assert "Traceback (most" not in err
    log = Path(err.strip().rsplit(": ", 1)[1])
    assert "ZeroDivisionError" in log.read_text()
    log.unlink()
