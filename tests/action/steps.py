"""The action as GitHub runs it: its inputs in the environment, its shell steps one by one."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
SHELL = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]


def document(path: Path) -> Any:
    """What a YAML file holds."""
    return YAML(typ="safe", pure=True).load(path)


@dataclass
class Job:
    """What came of the action in a repository: log, outputs, summary, and the step that failed."""

    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    failed: str | None = None


def act(
    repository: Path,
    environment: Mapping[str, str],
    steps: Collection[str] = ("Validate", "Compile", "Run"),
    **inputs: str,
) -> Job:
    """Run these shell steps of the action until one fails."""
    action = document(ACTION)
    given = {name: str(about["default"]) for name, about in action["inputs"].items()}
    assert set(inputs) <= set(given)
    given |= inputs
    temporary = repository.parent / "runner"
    temporary.mkdir(exist_ok=True)
    files = {name: temporary / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for path in files.values():
        path.write_text("")
    github = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION_PATH": str(ROOT),
        "RUNNER_TEMP": str(temporary),
        **{name: str(path) for name, path in files.items()},
    }
    job = Job()
    for step in action["runs"]["steps"]:
        if step.get("name") not in steps or not _wanted(step, given):
            continue
        own = {name: _expanded(text, given) for name, text in step["env"].items()}
        done = subprocess.run(
            [*SHELL, step["run"]],
            cwd=repository,
            env={**environment, **github, **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        job.log += done.stdout
        if done.returncode:
            job.failed = step["name"]
            break
    lines = files["GITHUB_OUTPUT"].read_text().splitlines()
    job.outputs = dict(line.split("=", 1) for line in lines)
    job.summary = files["GITHUB_STEP_SUMMARY"].read_text()
    return job


def _wanted(step: Mapping[str, Any], given: Mapping[str, str]) -> bool:
    condition = re.fullmatch(r"inputs\.(\S+) == '(.*)'", step.get("if", "inputs.out == ''"))
    assert condition
    return "if" not in step or given[condition[1]] == condition[2]


def _expanded(text: str, given: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: given[found[1]], text)


def outer_environment() -> dict[str, str]:
    """This environment without what an outer CI or the tests put there."""
    left_out = ("GITHUB_", "RUNNER_", "PYTHON", "PIP_REQUIRE", "VIRTUAL_ENV")
    return {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
