"""The Pythons of this machine, by version: on the path, or where pyenv and uv keep theirs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

VERSIONS = ("3.10", "3.11", "3.12", "3.13")
KEPT = (".pyenv/versions/{}.*", ".local/share/uv/python/cpython-{}.*")
OURS = "{}.{}".format(*sys.version_info)


def python_of(version: str) -> str | None:
    """A Python of that version which runs and can make environments; null if there is none."""
    return next((path for path in _candidates(version) if _is_fit(path, version)), None)


def _candidates(version: str) -> Iterator[str]:
    if version == OURS:
        yield sys.executable
    if on_path := shutil.which(f"python{version}"):
        yield on_path
    for pattern in KEPT:
        yield from map(str, Path.home().glob(f"{pattern.format(version)}/bin/python3"))


def _is_fit(python: str, version: str) -> bool:
    """Whether it is that version; what stands on the path may only promise to be one."""
    program = "import sys, venv, ensurepip; print('{}.{}'.format(*sys.version_info))"
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout.strip() == version
