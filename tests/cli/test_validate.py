"""``engram validate``: everything that is wrong, and the right exit code."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from engram.cli.exits import exit_code_of
from engram.cli.findings import FORMATS
from engram.cli.validate import command
from tests.compiler.factories import corpus, pattern, write_corpora


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, list(map(str, arguments)), standalone_mode=False)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_corpora(tmp_path / "good", corpus([pattern(n) for n in range(20)]))


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    folder = write_corpora(tmp_path / "bad", corpus([pattern(n) for n in range(20)]))
    text = (folder / "sums.yaml").read_text().replace('output: "5"', "output: 5")
    (folder / "sums.yaml").write_text(text)
    return folder


@pytest.fixture
def dubious(tmp_path: Path) -> Path:
    return write_corpora(tmp_path / "dubious", corpus([pattern(n, output=" x") for n in range(9)]))


def test_good_corpora_are_a_line_and_exit_with_0(good: Path) -> None:
    result = run(good)
    assert result.output == "1 file, 20 patterns: no findings\n"
    assert result.return_value == 0


def test_errors_have_a_place_and_advice_and_exit_with_1(bad: Path) -> None:
    result = run(bad)
    first, shown, mark, advice, _, last = result.output.splitlines()
    line = (bad / "sums.yaml").read_text().splitlines().index("    output: 5") + 1
    assert first.startswith(f"{bad / 'sums.yaml'}:{line}:13: error ENG204 `output` is")
    assert shown == f"{line:>7} |     output: 5"
    assert mark.index("^") == shown.index("5", 10)
    assert advice == '    Quote it: "5"'
    assert last == "1 file, 19 patterns: 1 error"
    assert result.return_value == 1


def test_warnings_exit_with_0_and_under_strict_with_1(dubious: Path) -> None:
    assert run(dubious).return_value == 0
    assert run(dubious, "--strict").return_value == 1
    assert run(dubious, "--format", "json").return_value == 0
    assert run(dubious, "--format", "json", "--strict").return_value == 1


def test_json_says_the_same_to_a_program(bad: Path) -> None:
    result = run(bad, "--format", "json")
    document = json.loads(result.output)
    assert document["errors"] == 1
    assert document["findings"][0]["code"] == "ENG204"
    assert result.return_value == 1


def test_files_and_folders_may_be_mixed(good: Path, dubious: Path) -> None:
    assert (
        run(good / "sums.yaml", dubious).output.splitlines()[-1].startswith("2 files, 29 patterns")
    )


def test_the_default_is_the_folder_corpora(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good.rename(good.parent / "corpora")
    monkeypatch.chdir(good.parent)
    assert run().output == "1 file, 20 patterns: no findings\n"


@pytest.mark.parametrize("make", [False, True])
def test_no_corpora_and_no_such_path_exit_with_2(tmp_path: Path, make: bool) -> None:
    path = tmp_path / "nothing"
    if make:
        path.mkdir()
    assert exit_code_of(lambda: command.main([str(path)], standalone_mode=False)) == 2


def test_an_unknown_option_exits_with_2() -> None:
    assert exit_code_of(lambda: command.main(["--nope"], standalone_mode=False)) == 2


def test_help_names_every_option() -> None:
    text = command.get_help(click.Context(command))
    assert all(word in text for word in ("--format", "--strict", "PATHS"))


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_the_same_exit_code(
    form: str, good: Path, bad: Path, dubious: Path
) -> None:
    codes = [run(folder, "--format", form).return_value for folder in (good, bad, dubious)]
    assert codes == [0, 1, 0]
    assert run(dubious, "--format", form, "--strict").return_value == 1


def test_github_is_chosen_by_itself_in_its_workflows_and_only_there(bad: Path) -> None:
    def output(*arguments: str, **environment: str) -> str:
        return CliRunner().invoke(command, [str(bad), *arguments], env=environment).output

    assert output(GITHUB_ACTIONS="true").startswith("::error file=")
    assert not output(GITHUB_ACTIONS="false").startswith("::")
    assert not output("--format", "text", GITHUB_ACTIONS="true").startswith("::")


def test_sarif_and_json_are_documents_and_nothing_else(bad: Path) -> None:
    for form in ("sarif", "json"):
        json.loads(run(bad, "--format", form).stdout)


def test_flags_stand_above_the_settings_of_the_project(dubious: Path) -> None:
    settings = dubious.parent / "pyproject.toml"
    settings.write_text('[tool.engram]\nignore = ["ENG3"]\n')
    assert run(dubious).output.endswith("no findings\n")
    assert "ENG310" in run(dubious, "--ignore", "ENG312,ENG311").output
    assert "ENG310" not in run(dubious, "--ignore", "ENG312", "--ignore", "ENG310").output
    assert run(dubious, "--select", "ENG310").output.endswith("no findings\n")


@pytest.mark.parametrize("flag", ["--select=ENG999", "--ignore=ENG204", "--ignore=ENG1"])
def test_flags_that_name_no_rule_or_one_that_cannot_be_ignored_exit_with_2(
    flag: str, dubious: Path
) -> None:
    arguments = [str(dubious), flag]
    assert exit_code_of(lambda: command.main(arguments, standalone_mode=False)) == 2


def test_diff_shows_what_fix_would_do_and_writes_nothing(bad: Path) -> None:
    before = (bad / "sums.yaml").read_text()
    result = run(bad, "--diff")
    assert f"--- {bad / 'sums.yaml'}\n" in result.stdout
    assert '\n-    output: 5\n+    output: "5"\n' in result.stdout
    assert result.stderr == "1 file, 19 patterns: 1 error\n"
    assert result.return_value == 1
    assert run(bad, "--diff", "--fix").stdout == result.stdout
    assert (bad / "sums.yaml").read_text() == before


def test_fix_mends_before_it_looks(bad: Path) -> None:
    result = run(bad, "--fix")
    assert result.stderr == f"fixed: {bad / 'sums.yaml'}\n"
    assert result.stdout == "1 file, 20 patterns: no findings\n"
    assert result.return_value == 0
    again = run(bad, "--fix", "--diff")
    assert (again.stdout, again.return_value) == ("", 0)


def test_fix_says_when_it_cannot_write(bad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engram.compiler.fix.write_file", full)
    arguments = [str(bad), "--fix"]
    assert exit_code_of(lambda: command.main(arguments, standalone_mode=False)) == 2
    assert "output: 5\n" in (bad / "sums.yaml").read_text()
