"""The action for pattern repositories: its steps run for real, in a repository of patterns."""

from __future__ import annotations

import os
import re
import shutil
import site
import subprocess
import sys
from pathlib import Path

import pytest

from engram import __version__
from engram.compiler import verify_build
from engram.compiler.starter import write_starter
from tests.action.steps import act, outer_environment
from tests.tiny import tiny_model

CORPUS = "corpora/git_commands.yaml"
TINY = "--model ./llama --epochs 1 --layers 1 --rank 2 --batch-size 8 --rehearsed 0 --quick"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A Python that has everything but engram, which the action installs into it."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    library = next(folder.glob("lib/python*/site-packages"))
    # Behind what is installed here; a .pth file would install engram itself where this one is.
    others = [path for path in (*site.getsitepackages(), *sys.path) if "site-packages" in path]
    (library / "others.pth").write_text("".join(f"{path}\n" for path in dict.fromkeys(others)))
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**outer_environment(), "PATH": path, "ENGRAM_HOME": str(folder / "home")}
    job = act(folder, environment, ["Install engram"], run="true")
    assert job.failed is None, job.log
    return environment


def test_the_engram_is_that_of_the_action(environment: dict[str, str]) -> None:
    program = shutil.which("engram", path=environment["PATH"])
    assert program is not None
    assert program.startswith(environment["PATH"].split(os.pathsep)[0])
    told = subprocess.check_output([program, "--version"], env=environment, text=True)
    assert told == f"engram, version {__version__}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of patterns as ``engram init`` begins one."""
    folder = tmp_path / "patterns"
    write_starter(folder)
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    return folder


def edit(repository: Path, old: str, new: str) -> None:
    path = repository / CORPUS
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_it_validates_and_compiles_by_the_lock(
    repository: Path, environment: dict[str, str]
) -> None:
    job = act(repository, environment, locked="false")
    assert job.failed is None, job.log
    assert job.outputs["manifest"] == "build/manifest.json"
    assert job.outputs["build-id"] == verify_build(repository / "build").manifest.build_id
    assert verify_build(repository / job.outputs["manifest"]).rows["test"]
    # Now that there is a lock, it holds.
    edit(repository, "id: blame", "id: another")
    job = act(repository, environment)
    assert job.failed == "Compile"
    assert "engram.lock" in job.log
    assert act(repository, environment, locked="false").failed is None


def test_a_fault_is_an_annotation_at_its_line(
    repository: Path, environment: dict[str, str]
) -> None:
    edit(repository, 'output: "git blame notes.txt"', "output: 404")
    job = act(repository, environment)
    assert job.failed == "Validate"
    assert re.search(rf"^::error file={CORPUS},line=\d+,col=\d+,title=ENG204", job.log, re.M)
    assert job.outputs == {}


def test_warnings_fail_where_that_is_asked(repository: Path, environment: dict[str, str]) -> None:
    edit(repository, 'output: "git blame notes.txt"', 'output: "git blame notes.txt "')
    assert act(repository, environment).failed is None
    job = act(repository, environment, strict="true")
    assert job.failed == "Validate"
    assert "::warning file=" in job.log


def test_a_run_is_summed_up_and_held_to_its_gates(
    repository: Path, environment: dict[str, str]
) -> None:
    pytest.importorskip("mlx", reason="running needs the run extra")
    tiny_model(repository / "llama")
    asked = {"run": "true", "arguments": TINY}
    job = act(repository, environment, **asked, gates="recall >= 0\nlocality.kl >= 0\n")
    assert job.failed is None, job.log
    assert job.log.count("::notice title=gate::") == 2
    assert (repository / job.outputs["report"]).is_file()
    assert job.outputs["run-id"] in job.outputs["report"]
    assert job.summary.startswith("# ")
    job = act(repository, environment, **asked, gates="recall > 1\nrecall >= 0")
    assert job.failed == "Run"
    assert re.search(r"^::error title=gate::recall > 1: measured 0", job.log, re.M)
    assert job.summary
    job = act(repository, environment, **asked, gates="no_such >= 1")
    assert job.failed == "Run"
    assert "no_such" in job.log
