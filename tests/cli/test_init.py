"""``engram init``: what it writes works at once, and it replaces nothing."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from engram.cli import cli
from engram.cli.exits import exit_code_of
from engram.cli.init import command
from engram.compiler import verify_build
from engram.compiler.starter import requirement, starter_files, write_starter
from engram.core.errors import EngramError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_starter(tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which `engram` is this one, and which knows who commits."""
    shim = tmp_path / "bin" / "engram"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m engram "$@"\n')
    shim.chmod(0o755)
    path = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


def shell(
    script: str, project: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-ec", script],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def document(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path)


def test_the_steps_of_the_workflow_pass_before_and_after_there_is_a_lock(
    project: Path, environment: dict[str, str]
) -> None:
    workflow = document(project / ".github/workflows/engram.yml")
    assert set(workflow) == {"name", "on", "permissions", "jobs"}
    steps = [step["run"] for step in workflow["jobs"]["compile"]["steps"] if "run" in step]
    assert steps.pop(0) == "python -m pip install -r requirements.txt"
    for _ in range(2):
        for step in steps:
            done = shell(step, project, environment)
            assert done.returncode == 0, done.stdout + done.stderr
            assert "warning" not in done.stdout
        assert (project / "corpora/engram.lock").exists()
    assert verify_build(project / "build").rows["test"]


def test_the_workflow_fails_where_a_pattern_would_change_its_split(
    project: Path, environment: dict[str, str]
) -> None:
    assert shell("engram compile corpora", project, environment).returncode == 0
    path = project / "corpora/git_commands.yaml"
    path.write_text(path.read_text().replace("id: blame", "id: another"))
    step = document(project / ".github/workflows/engram.yml")["jobs"]["compile"]["steps"][-1]
    assert shell(step["run"], project, environment).returncode == 1


@pytest.mark.skipif(importlib.util.find_spec("pre_commit") is None, reason="no pre-commit here")
def test_the_hook_runs_offline_and_stops_a_bad_corpus(
    project: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    run = f'git add -A && "{sys.executable}" -m pre_commit run --all-files --color=never'
    # Whatever would be fetched would be fetched through here.
    environment |= {"PRE_COMMIT_HOME": str(tmp_path / "store"), "https_proxy": "http://127.0.0.1:9"}
    done = shell(f"git init -q && {run}", project, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout
    path = project / "corpora/git_commands.yaml"
    path.write_text(path.read_text().replace('output: "git blame notes.txt"', "output: 404"))
    done = shell(run, project, environment)
    assert done.returncode == 1
    assert "corpora/git_commands.yaml:" in done.stdout


def test_there_is_nothing_to_mend_and_the_settings_count(
    project: Path, environment: dict[str, str]
) -> None:
    assert "+++" not in shell("engram validate corpora --diff", project, environment).stdout
    settings = project / "pyproject.toml"
    settings.write_text(settings.read_text().replace("ignore = []", 'ignore = ["no-such-rule"]'))
    assert shell("engram validate corpora", project, environment).returncode == 2


def test_what_is_compiled_is_not_committed(project: Path, environment: dict[str, str]) -> None:
    done = shell(
        "git init -q && engram compile corpora >out.txt && git status --short -uall",
        project,
        environment,
    )
    names = {line.split()[-1] for line in done.stdout.splitlines()} - {"out.txt"}
    assert names == {*starter_files(), "corpora/engram.lock"}


@pytest.mark.parametrize("name", sorted(starter_files()))
def test_a_file_that_is_there_is_left_alone_and_nothing_else_is_written(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(EngramError, match="is there already"):
        write_starter(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tmp_path / name]
    assert files[0].read_text() == "mine"


def test_what_to_do_next_enters_the_folder_unless_one_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, following in (("x", "cd x && engram compile"), (".", "engram compile")):
        said = CliRunner().invoke(cli, ["init", folder]).output.splitlines()
        assert said[-1] == f"next:      {following} corpora"


@pytest.mark.parametrize("folder", ["file", "file/inside"])
def test_a_folder_that_cannot_be_written_exits_with_2(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("")
    arguments = [str(tmp_path / folder)]
    assert exit_code_of(lambda: command.main(arguments, standalone_mode=False)) == 2


def test_the_requirement_is_the_commit_that_engram_was_installed_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from importlib.metadata import Distribution

    from engram import __version__
    from engram.compiler import starter

    origin = '{"url": "https://h/e", "vcs_info": {"vcs": "git", "commit_id": "abc"}}'
    for text, told in (
        (origin, "engram @ git+https://h/e@abc"),
        ('{"url": "file:///x", "dir_info": {}}', f"engram=={__version__}"),
        (None, f"engram=={__version__}"),
        ("broken", f"engram=={__version__}"),
    ):

        class Installed(Distribution):
            def read_text(self, _filename: str, text: str | None = text) -> str | None:
                return text

            def locate_file(self, path: Any) -> Any:
                return path

        monkeypatch.setattr(starter, "distribution", lambda _name, kind=Installed: kind())
        assert requirement() == told
