"""``engram diff``: counts, then names; exit code 1 for a difference only if asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engram.cli.diff import command
from engram.cli.exits import exit_code_of
from engram.compiler import compile_corpora
from engram.core.difference import Difference
from tests.compiler.factories import corpus, pattern, write_corpora


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("diff")
    old = [pattern(n, id=f"p{n}") for n in range(70)]
    new = [pattern(1, id="p1", output="\x1b[0m" + "three " * 40), *old[2:60]]
    for name, patterns in (("old", old), ("new", new)):
        corpora = write_corpora(folder / f"{name}-corpora", corpus(patterns))
        compile_corpora(corpora, folder / name)
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, list(map(str, arguments)), standalone_mode=False)


def test_counts_come_first_and_names_after(builds: Path) -> None:
    result = run(builds / "old" / "manifest.json", builds / "new" / "manifest.json")
    assert result.return_value == 0
    lines = result.output.splitlines()
    assert lines[2].startswith("0 came, 11 went, 1 changed,")
    assert any(line.startswith("  p1 (sums.yaml:") and line.endswith(": output") for line in lines)
    assert "    - 3" in lines
    assert "\x1b" not in result.output
    assert max(map(len, lines)) <= 80


def test_long_lists_are_cut_on_a_terminal_and_whole_for_a_program(
    builds: Path, tmp_path: Path
) -> None:
    corpora = write_corpora(tmp_path / "c", corpus([pattern(n, "other") for n in range(99, 103)]))
    compile_corpora(corpora, tmp_path / "b")
    text = run(builds / "old", tmp_path / "b").output
    assert "  ... and 20 more: --format json has them all" in text
    found = Difference.model_validate_json(
        run(builds / "old", tmp_path / "b", "--format", "json").output
    )
    assert len(found.went) == 70


def test_a_difference_exits_with_1_only_if_asked_for(builds: Path) -> None:
    assert run(builds / "old", builds / "new", "--exit-code").return_value == 1
    assert run(builds / "old", builds / "old", "--exit-code").return_value == 0


def test_a_build_that_does_not_verify_is_refused(builds: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(builds / "new", tmp_path / "broken"))
    row_file = next(broken.glob("data/*/train.jsonl"))
    row_file.write_bytes(row_file.read_bytes() + b"\n")
    for arguments in ([builds / "old", broken], [broken, builds / "old"]):
        given = [str(argument) for argument in arguments]
        assert exit_code_of(lambda: command.main(given, standalone_mode=False)) == 1  # noqa: B023
