"""``engram runs``: listed, shown and removed, as a person and a program meet them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from engram.cli import cli
from engram.cli.exits import exit_code_of
from engram.core.kept import RunDetails
from tests.lab import kept

ONE, TWO, THREE = (name * 8 for name in ("1a", "2b", "3c"))
LEAN = """
import sys
for name in ("mlx", "mlx_lm", "numpy", "filelock", "huggingface_hub", "tqdm", "gguf"):
    sys.modules[name] = None
from engram.cli import main
main()
"""
Output = pytest.CaptureFixture[str]


def engram(*arguments: object) -> int:
    return exit_code_of(lambda: cli.main([str(a) for a in arguments], standalone_mode=False))


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "build" / "runs"
    kept.evaluate(folder, ONE, age=7_300)
    kept.stop(folder, TWO, step=350, age=60)
    (kept.train(folder, THREE) / "recipe.json").write_text("\x1b{")
    return folder


def left(runs: Path) -> list[str]:
    return sorted(path.name for path in runs.iterdir())


@pytest.mark.parametrize("command", [["runs"], ["runs", "list"]])
def test_the_list_fits_80_columns_and_names_what_is_damaged(
    command: list[str], capsys: Output
) -> None:
    assert engram(*command) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert max(map(len, lines[:8])) <= 80
    assert lines[0].split() == ["run", "model", "state", "recall", "variant", "novel", "size"]
    evaluated = next(line for line in lines if line.startswith(ONE)).split()
    assert evaluated[1:6] == ["smollm2-135m", "evaluated", "90.0%", "90.0%", "90.0%"]
    assert "2 hours ago" in out
    assert "stopped at 350" in out
    assert f"{THREE}: " in out
    assert "\x1b" not in out
    assert "3 runs, " in lines[-1]


def test_the_list_is_for_programs_too(capsys: Output) -> None:
    for arguments in (["--format", "json"], ["list", "--format", "json"]):
        assert engram("runs", *arguments) == 0
        rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
        assert rows[TWO]["state"] == "stopped"
        assert rows[ONE]["probes"]["recall"]["n"] == 100


def test_the_manifest_may_stand_before_or_after_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path.parent)
    manifest = tmp_path / "build" / "manifest.json"
    assert engram("runs", "--manifest", manifest, "show", "1a") == 0
    assert engram("runs", "show", "1a", "--manifest", manifest) == 0
    assert engram("runs", "show", "1a") == 2


def test_no_runs_say_how_to_make_one(tmp_path: Path, capsys: Output) -> None:
    assert engram("runs", "--manifest", tmp_path / "other" / "manifest.json") == 0
    assert "engram run --manifest" in capsys.readouterr().out


def test_nothing_numeric_has_to_be_installed(tmp_path: Path) -> None:
    for arguments in (["runs"], ["runs", "show", "1a"], ["runs", "remove", "1a", "--yes"]):
        program = [sys.executable, "-c", LEAN, *arguments]
        done = subprocess.run(program, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")


def test_one_run_shows_recipe_training_scores_and_files(capsys: Output) -> None:
    assert engram("runs", "show", "1a") == 0
    out = capsys.readouterr().out
    assert out.startswith(f"run {ONE}: evaluated, 2 hours ago")
    for part in ("learning_rate", "102 in 6.00 epochs", "Base against tuned", "report.json"):
        assert part in out
    assert engram("runs", "show", "2b") == 0
    assert "stopped at step 350" in capsys.readouterr().out
    assert engram("runs", "show", "3c") == 0
    assert "recipe.json is damaged" in capsys.readouterr().out


def test_one_run_as_json(capsys: Output) -> None:
    assert engram("runs", "show", "1a", "--format", "json") == 0
    details = RunDetails.model_validate_json(capsys.readouterr().out)
    assert details.run.id == ONE
    assert details.training
    assert details.training.steps == 102


@pytest.mark.parametrize(
    ("answer", "gone"), [("y\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_removing_asks_first(answer: str, gone: bool, runs: Path) -> None:
    result = CliRunner().invoke(cli, ["runs", "remove", "1a"], input=answer)
    assert ONE in result.output
    assert (ONE not in left(runs)) is gone


def test_yes_does_not_ask(runs: Path, capsys: Output) -> None:
    assert engram("runs", "remove", "1a", "3c", "--yes") == 0
    assert left(runs) == [TWO]
    assert capsys.readouterr().out.startswith("2 runs removed, ")


def test_all_but_the_newest_are_removed(runs: Path) -> None:
    assert engram("runs", "remove", "--all-but", "2", "--yes") == 0
    assert left(runs) == [TWO, THREE]
    assert engram("runs", "remove", "--all-but", "2", "--yes") == 0


def test_one_name_that_is_none_removes_nothing(runs: Path, capsys: Output) -> None:
    assert engram("runs", "remove", "1a", "zz", "--yes") == 2
    assert "No run begins with 'zz'" in capsys.readouterr().err
    assert left(runs) == [ONE, TWO, THREE]


def test_what_is_in_use_is_left_and_told(runs: Path, capsys: Output) -> None:
    import fcntl

    with (runs / TWO / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert engram("runs", "remove", "1a", "2b", "--yes") == 2
    assert left(runs) == [TWO, THREE]
    assert f"works on {TWO}" in capsys.readouterr().err


def test_nothing_named_is_a_usage_error(capsys: Output) -> None:
    assert engram("runs", "remove", "--yes") == 2
    assert "--all-but N" in capsys.readouterr().err
