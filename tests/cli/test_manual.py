"""The manual page: it says what ``--help`` says, and man shows it in 80 columns."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from engram.cli.manual import PAGE, main, manual
from tests.cli.tree import commands

COMMITTED = Path(__file__).parents[2] / PAGE


def test_the_committed_page_has_not_drifted(tmp_path: Path) -> None:
    assert COMMITTED.read_text("utf-8") == manual()
    assert CliRunner().invoke(main, ["--check", str(COMMITTED)]).exit_code == 0
    (tmp_path / "engram.1").write_text("old")
    assert CliRunner().invoke(main, ["--check", str(tmp_path / "engram.1")]).exit_code == 1


@pytest.mark.skipif(not shutil.which("man"), reason="man is not installed")
def test_man_shows_every_command_and_option_in_80_columns() -> None:
    done = subprocess.run(
        ["man", "--warnings", "-l", str(COMMITTED)],
        env={**os.environ, "MANWIDTH": "80", "MAN_KEEP_FORMATTING": "", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    shown = re.sub(".\b", "", done.stdout)
    assert max(map(len, shown.splitlines())) <= 80
    for name, command in commands().items():
        _, found, section = shown.partition(f"\n   engram {name} ")
        assert found, name
        section = section.partition("\n   engram ")[0]
        for parameter in command.params:
            for flag in parameter.opts if parameter.param_type_name == "option" else ():
                assert flag in section, (name, flag)
