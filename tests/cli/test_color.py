"""Colours: on a terminal, unless the environment wants none; anywhere, if it wants them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engram.report.screen import wants_color
from tests.cli.terminal import converse

ENGRAM = [sys.executable, "-m", "engram"]
BAD = "name: a\ndescription: d\nexamples:\n  - {input: x, output: 4, category: c}\n"
VARIABLES = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM")
PLACES = [["validate", "bad.yaml", "--format", "text"], ["explain", "ENG204"], ["doctor"]]


@pytest.fixture(autouse=True)
def neutral(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.yaml").write_text(BAD)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("command", PLACES)
@pytest.mark.parametrize(("setting", "colored"), [("A=1", True), ("NO_COLOR=1", False)])
def test_a_terminal_has_colours_unless_no_color_is_set(
    command: list[str], setting: str, colored: bool
) -> None:
    _, output = converse(["env", setting, *ENGRAM, *command], [], "never")
    assert ("\x1b[" in output) == colored


@pytest.mark.parametrize("command", PLACES)
@pytest.mark.parametrize(
    ("variable", "colored"), [("CLICOLOR", False), ("FORCE_COLOR", True), ("CLICOLOR_FORCE", True)]
)
def test_a_pipe_has_none_unless_they_are_asked_for(
    command: list[str], variable: str, colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    done = subprocess.run([*ENGRAM, *command], capture_output=True, text=True, check=False)
    assert ("\x1b[" in done.stdout) == colored


@pytest.mark.parametrize(("variable", "colored"), [("A", False), ("FORCE_COLOR", True)])
def test_errors_heed_the_same(
    variable: str, colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    done = subprocess.run([*ENGRAM, "why", "x"], capture_output=True, text=True, check=False)
    assert ("\x1b[" in done.stderr) == colored


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, None),
        ({"NO_COLOR": ""}, None),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "CLICOLOR": "0"}, True),
        ({"CLICOLOR_FORCE": "0"}, None),
        ({"CLICOLOR": "0"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_of_two_wishes_the_stronger_counts(
    settings: dict[str, str], wanted: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert wants_color() is wanted
