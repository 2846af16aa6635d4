"""The wheel: what is in it, and that it installs from a folder and works without the repository.

With ``ENGRAM_TEST_PROFILE=nightly`` on every Python that it is for, otherwise on this one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from engram import __version__
from tests.effort import PROFILE
from tests.wheel.pythons import OURS, VERSIONS, python_of

ROOT = Path(__file__).parents[2]
# Nothing of the repository, nor of the environment that runs the tests.
BARE = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", folder, ROOT)
    return next(folder.glob("*.whl"))


def _pip(python: object, *arguments: object) -> None:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", *map(str, arguments)]
    subprocess.run([*command, "--quiet"], check=True, env=BARE)


def test_it_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    parts = {name.split("/")[0] for name in names}
    outside = {name for name in names if ".data/" in name}
    assert outside == {f"engram-{__version__}.data/data/share/man/man1/engram.1"}
    assert parts == {"engram", f"engram-{__version__}.dist-info", f"engram-{__version__}.data"}
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "engram"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    if tracked:
        assert {name for name in names if name.startswith("engram/")} == set(tracked)
    assert "engram/py.typed" in names
    assert f"engram-{__version__}.dist-info/licenses/LICENSE" in names
    assert not any("__pycache__" in name or "test" in name for name in names)


def test_an_index_would_take_it(wheel: Path) -> None:
    command = [sys.executable, "-m", "twine", "check", "--strict", wheel]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", VERSIONS if PROFILE == "nightly" else [OURS])
def test_it_installs_from_a_folder_and_works(version: str, wheel: Path, tmp_path: Path) -> None:
    python = python_of(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on this machine")
    subprocess.run([python, "-m", "venv", tmp_path / "venv"], check=True, env=BARE)
    inside = tmp_path / "venv" / "bin"
    folder = tmp_path / "folder"
    _pip(inside / "python", "download", "--dest", folder, "--only-binary", ":all:", wheel)
    _pip(inside / "python", "install", "--no-index", "--find-links", folder, "engram")

    def engram(*arguments: str, cwd: Path = tmp_path) -> str:
        done = subprocess.run(
            [inside / "engram", *arguments], cwd=cwd, capture_output=True, text=True, env=BARE
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert (tmp_path / "venv" / "share" / "man" / "man1" / "engram.1").is_file()
    assert engram("--version") == f"engram, version {__version__}\n"
    engram("init", "patterns")
    project = tmp_path / "patterns"
    assert "no findings" in engram("validate", "corpora", cwd=project)
    assert "written:    build/manifest.json" in engram("compile", "corpora", cwd=project)
    assert "unchanged:  build/manifest.json" in engram(
        "compile", "corpora", "--locked", cwd=project
    )
    assert "ENG204" in engram("explain", "ENG204")
    assert '"problems"' in engram("doctor", "--json")
    program = "import engram, pathlib; print(engram.validate([pathlib.Path('corpora')]))"
    done = subprocess.run(
        [inside / "python", "-c", program], cwd=project, capture_output=True, text=True, env=BARE
    )
    assert done.stdout == "[]\n"
