"""The hook, by the real pre-commit, on repositories with good and bad corpora.

pre-commit installs engram from a clone of this checkout, which needs a package index.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.compiler.factories import corpus, pattern, write_corpora

ROOT = Path(__file__).parents[2]
# What the package and its hook are made of; the rest of the checkout does not matter here.
SHIPPED = ("engram", "pyproject.toml", "LICENSE", ".pre-commit-hooks.yaml")

CONFIG = """\
repos:
- repo: {repo}
  rev: {rev}
  hooks:
  - id: engram-validate
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    command = ["git", *identity, "-c", "commit.gpgsign=false", *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def repository(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x", "--no-verify")
    return folder


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that holds this engram, as it is in the working tree."""
    folder = tmp_path_factory.mktemp("hook")
    for name in SHIPPED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / name, ignore=ignored)
        elif source.exists():
            shutil.copyfile(source, folder / name)
    (folder / "README.md").write_text("engram\n")
    return repository(folder)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps what it installs: once for all tests here."""
    return tmp_path_factory.mktemp("store")


def run_hook(project: Path, hook: Path, store: Path) -> subprocess.CompletedProcess[str]:
    config = CONFIG.format(repo=hook, rev=git(hook, "rev-parse", "HEAD"))
    (project / ".pre-commit-config.yaml").write_text(config)
    git(project, "add", "-A")
    command = [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color=never"]
    environment = {**os.environ, "PRE_COMMIT_HOME": str(store), "NO_COLOR": "1"}
    environment.pop("PYTHONPATH", None)
    return subprocess.run(
        command,
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    write_corpora(folder / "corpora", corpus([pattern(n) for n in range(20)]))
    return repository(folder)


pytest.importorskip("pre_commit")


def test_a_good_corpus_passes(project: Path, hook: Path, store: Path) -> None:
    done = run_hook(project, hook, store)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "engram validate" in done.stdout
    assert "Passed" in done.stdout


def test_a_bad_corpus_fails_with_the_place_of_the_fault(
    project: Path, hook: Path, store: Path
) -> None:
    path = project / "corpora" / "sums.yaml"
    path.write_text(path.read_text().replace('output: "5"', "output: 5"))
    done = run_hook(project, hook, store)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "corpora/sums.yaml:15:13: error ENG204" in done.stdout


def test_a_project_without_corpora_is_not_bothered(tmp_path: Path, hook: Path, store: Path) -> None:
    (tmp_path / "notes.yaml").write_text("a: 1\n")
    done = run_hook(repository(tmp_path), hook, store)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "(no files to check)" in done.stdout
