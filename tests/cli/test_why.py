"""``engram why``: on a terminal of 80 columns, or for a program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engram.cli.exits import exit_code_of
from engram.cli.why import command
from engram.compiler import compile_corpora
from engram.core.explanation import Explanation
from tests.compiler.factories import corpus, pattern, write_corpora


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("why")
    asked = "Please tell me, in one word and without anything else, the answer to this: {} + {}"
    sums = [
        pattern(n, id=f"{'ab'[turn]}{n}", input=asked.format(n, 2) + " ?!"[turn], output=str(n + 2))
        for n in range(24)
        for turn in range(2)
    ]
    odd = pattern(99, input="\x1b[31m" + "wide 日本語 " * 20, output="\x07", id="odd")
    compile_corpora(write_corpora(folder / "corpora", corpus([*sums, odd])), folder / "build")
    return folder / "build" / "manifest.json"


def run(manifest: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, [*arguments, "--manifest", str(manifest)])


def test_group_split_rows_and_neighbours_are_shown(manifest: Path) -> None:
    result = run(manifest, "b7")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].startswith("b7: ")
    assert "Group a7: 2 patterns, all in one split" in lines
    assert "    names the group" in lines
    assert any("% alike to a7" in line for line in lines)
    assert "Nearest in train, outside its group" in lines
    assert max(map(len, lines)) <= 80


def test_what_no_terminal_should_get_is_escaped(manifest: Path) -> None:
    result = run(manifest, "odd")
    assert "\x1b" not in result.output
    assert "\x07" not in result.output
    assert r"\x1b[31m" in result.output


def test_json_is_the_explanation(manifest: Path) -> None:
    output = run(manifest, "b7", "--format", "json").output
    assert output.isascii()
    assert Explanation.model_validate_json(output).site.pattern == "b7"
    assert json.loads(output)["members"][1]["tie"]["to"] == "a7"


def test_an_unknown_pattern_exits_with_2_and_a_bad_build_with_1(
    manifest: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "manifest.json"
    bad.write_text("{}")
    for path, code in ((manifest, 2), (bad, 1)):
        arguments = ["nobody", "--manifest", str(path)]
        assert exit_code_of(lambda: command.main(arguments, standalone_mode=False)) == code  # noqa: B023
