"""``engram eval --compare``, as a person and a program meet it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engram.cli import cli
from engram.cli.exits import exit_code_of
from engram.core.compared import Compared
from tests.lab.test_compare import asked, keep, report

LEAN = """
import sys
from engram.cli import cli
cli.main(sys.argv[1:], standalone_mode=False)
heavy = {"numpy", "mlx", "mlx_lm", "gguf", "transformers", "filelock"} & set(sys.modules)
assert not heavy, heavy
"""
Output = pytest.CaptureFixture[str]


def engram(*arguments: object) -> int:
    return exit_code_of(lambda: cli.main([str(a) for a in arguments], standalone_mode=False))


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    keep(tmp_path, "aa11", report(asked("r1", right=True), asked("r2", right=False)))
    keep(tmp_path, "bb22", report(asked("r1", right=False), asked("r2", right=False)))
    return tmp_path / "manifest.json"


def test_runs_are_compared_by_their_ids(manifest: Path, capsys: Output) -> None:
    assert engram("eval", "--manifest", manifest, "--compare", "aa", "bb") == 0
    assert "Lost: 1 answer" in capsys.readouterr().out


def test_json_is_the_whole_comparison(manifest: Path, capsys: Output) -> None:
    assert engram("eval", "--manifest", manifest, "--compare", "aa", "bb", "--format", "json") == 0
    found = Compared.model_validate_json(capsys.readouterr().out)
    assert [flip.row for flip in found.flips] == ["r1"]


def test_nothing_heavy_is_imported(manifest: Path) -> None:
    arguments = ["eval", "--manifest", str(manifest), "--compare", "aa", "bb"]
    subprocess.run([sys.executable, "-c", LEAN, *arguments], check=True, capture_output=True)


def test_a_damaged_report_is_refused(manifest: Path, capsys: Output) -> None:
    (manifest.parent / "runs/bb22/report.json").write_text("{}")
    assert engram("eval", "--manifest", manifest, "--compare", "aa", "bb") == 1
    assert "is refused" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--compare", "aa", "zz"], "No run begins with 'zz'"),
        (["--compare", "aa", "bb", "--rank", "3", "--run", "aa"], "leave out --run, --rank"),
        (["--compare", "aa", "bb", "--gate", "recall > 0"], "leave out --gate"),
        (["--compare", "aa"], "requires 2 arguments"),
        (["--compare", "aa", "./nowhere"], "There is no report nowhere/report.json"),
    ],
)
def test_what_cannot_be_compared_exits_with_2(
    arguments: list[str], why: str, manifest: Path, capsys: Output
) -> None:
    assert engram("eval", "--manifest", manifest, *arguments) == 2
    assert why in capsys.readouterr().err
