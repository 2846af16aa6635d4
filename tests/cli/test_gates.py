"""``--gate`` of ``engram run`` and ``engram eval``, and the gates of a project."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("mlx", reason="running needs the run extra")

from engram.cli import cli
from engram.cli.exits import exit_code_of
from engram.compiler import compile_corpora
from tests.lab.conftest import write_corpora
from tests.tiny import tiny_model

FLAGS = ["--quick", "--epochs", "1", "--layers", "1", "--rank", "2", "--batch-size", "8"]
Output = pytest.CaptureFixture[str]


def engram(*arguments: object) -> int:
    return exit_code_of(lambda: cli.main([str(a) for a in arguments], standalone_mode=False))


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """The flags of a run that is evaluated already."""
    folder = tmp_path_factory.mktemp("gates")
    corpora = write_corpora(folder / "corpora", holdout="variant", patterns=24)
    manifest = compile_corpora(corpora, folder / "build").manifest_path
    model = tiny_model(folder / "llama")
    flags = ["--manifest", manifest, "--model", model, *FLAGS]
    assert engram("run", *flags) == 0
    return flags


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, below one that may have a pyproject.toml."""
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    return tmp_path / "pyproject.toml"


@pytest.mark.parametrize("command", ["run", "eval"])
def test_a_gate_that_is_missed_exits_with_1_after_the_report(
    command: str, chosen: list[object], capsys: Output
) -> None:
    gates = ["--gate", "recall >= 0.99", "--gate", "lost.recall<=0", "--gate", "novel >= 0"]
    assert engram(command, *chosen, *gates) == 1
    out, err = capsys.readouterr()
    assert "Evaluated before" in err
    assert out.index("written:") < out.index("2 of 3 gates missed.")
    assert "missed: nothing of it was asked" in out


def test_gates_that_are_met_exit_with_0(chosen: list[object], capsys: Output) -> None:
    assert engram("eval", *chosen, "--gate", "recall >= 0") == 0
    assert capsys.readouterr().out.endswith("1 gate met.\n")


def test_gates_leave_the_report_as_it_is(chosen: list[object]) -> None:
    folder = next(Path(str(chosen[1])).parent.glob("runs/*"))
    before = (folder / "report.json").read_bytes()
    assert engram("eval", *chosen, "--gate", "recall > 0.5") == 1
    assert (folder / "report.json").read_bytes() == before


def test_mistakes_are_told_at_once_before_anything_is_trained(
    chosen: list[object], capsys: Output, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram import lab

    monkeypatch.setattr(lab, "open_experiment", lambda *_: pytest.fail("a model was loaded"))
    project.write_text('[tool.engram]\ngates = [\n  "novl >= 0.5",\n]\n')
    gates = ["--gate", "recal > 0.9", "--gate", "category.c9 >= 0.5"]
    assert engram("run", *chosen, *gates) == 2
    err = capsys.readouterr().err
    assert "3 gates mean nothing" in err
    assert "did you mean recall" in err
    assert "did you mean category.c1" in err or "did you mean category.c0" in err
    assert f"{project}:3 'novl >= 0.5'" in err


def test_the_gates_of_the_project_hold_unless_a_flag_says_otherwise(
    chosen: list[object], capsys: Output, project: Path
) -> None:
    project.write_text('[tool.engram]\ngates = ["recall >= 0.99", "category.c1 >= 0"]\n')
    assert engram("eval", *chosen) == 1
    assert "1 of 2 gates missed." in capsys.readouterr().out
    assert engram("eval", *chosen, "--gate", "recall >= 0") == 0
    assert "2 gates met." in capsys.readouterr().out


def test_a_table_of_gates_says_how_they_are_written(
    chosen: list[object], capsys: Output, project: Path
) -> None:
    project.write_text('[tool.engram.gates]\nrecall = ">= 0.99"\n')
    assert engram("eval", *chosen) == 2
    assert 'a list of gates, such as ["recall >= 0.99"]' in capsys.readouterr().err


def test_gates_on_no_build_say_what_is_missing(tmp_path: Path, capsys: Output) -> None:
    missing = tmp_path / "manifest.json"
    assert engram("run", "--offline", "--manifest", missing, "--gate", "recall >= 0.5") == 2
    assert "Compile first" in capsys.readouterr().err
