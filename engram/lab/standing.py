"""What a folder of a run holds: read without a model, and never trusted."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engram.backends.stopped import CHECKPOINT, stopped_at
from engram.core.errors import EngramError
from engram.core.kept import KeptFile, KeptRun, RunDetails, State
from engram.core.recipe import Recipe
from engram.core.results import Report
from engram.core.training import Training
from engram.files.canonical import digest
from engram.lab.evaluated import report_in
from engram.lab.log import events_in
from engram.lab.record import (
    ADAPTER,
    LINKS,
    PARTS,
    RECIPE,
    TRAINING,
    content_of,
    read_recipe,
    reason_of,
)
from engram.report.write import REPORT

LOCK = ".lock"


@dataclass
class Contents:
    """What was read of a run, up to the first file that is damaged, which ``fault`` names."""

    recipe: Recipe | None = None
    training: Training | None = None
    trained_on: str | None = None
    report: Report | None = None
    step: int | None = None
    fault: str = ""


def contents_of(folder: Path) -> Contents:
    """All that the run in ``folder`` says of itself; the weights are not read."""
    found = Contents()
    if folder.is_symlink():
        return Contents(fault="it is a link, which is not followed")
    try:
        if os.path.lexists(folder / RECIPE):
            found.recipe = read_recipe(folder)
        elif any(not path.name.startswith(".") for path in folder.iterdir()):
            found.fault = f"it has no {RECIPE}"
        found.training, found.trained_on = _training(folder)
        if os.path.lexists(folder / REPORT):
            found.report = report_in(folder / REPORT)
        found.step = stopped_at(folder)
        if found.trained_on is None:
            found.trained_on = _begun_on(folder)
    except EngramError as error:
        found.fault = error.message.removesuffix(".")
    except (OSError, ValueError) as error:
        found.fault = f"{CHECKPOINT}: {reason_of(error)}"
    return found


def standing(folder: Path, data: str | None, found: Contents | None = None) -> KeptRun:
    """How the run in ``folder`` stands. ``data`` is the digest of what its build holds now."""
    found = found or contents_of(folder)
    files = list(_files(folder))
    known = None not in (found.trained_on, data)
    with held(folder) as free:
        return KeptRun(
            id=folder.name,
            state=_state(found),
            model=found.recipe.model if found.recipe else None,
            preset=_called(found.recipe) if found.recipe else None,
            step=found.step if found.training is None else None,
            current=found.trained_on == data if known else None,
            probes=found.report.tuned.probes if found.report else None,
            bytes=sum(status.st_size for _, status in files),
            changed=max((status.st_mtime for _, status in files), default=0.0),
            busy=not free,
            fault=found.fault,
        )


def details(folder: Path, data: str | None) -> tuple[RunDetails, Report | None]:
    """All that is known of the run in ``folder``, and its report, if it is whole."""
    found = contents_of(folder)
    files = (KeptFile(path=path, bytes=status.st_size) for path, status in _files(folder))
    return RunDetails(
        run=standing(folder, data, found),
        recipe=found.recipe,
        training=found.training,
        files=tuple(files),
    ), found.report


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """A block in which no other engram can begin to work on the run; false if one does already.

    The same lock as that of ``engram.models.turn``, taken without the package that it needs.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(folder / LOCK, flags)
    except OSError:  # nobody ever worked here, or could
        yield True
        return
    try:
        yield _taken(handle)
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _state(found: Contents) -> State:
    if found.fault:
        return "damaged"
    if found.training is not None:
        return "trained" if found.report is None else "evaluated"
    return "begun" if found.step is None else "stopped"


def _called(recipe: Recipe) -> str:
    return f"{recipe.preset}, quick" if recipe.quick else recipe.preset


def _training(folder: Path) -> tuple[Training | None, str | None]:
    """How training went, and the digest of the data it was on; the weights are not read."""
    if not os.path.lexists(folder / TRAINING):
        return None, None
    try:
        read = {name: content_of(folder / name) for name in (TRAINING, f"{ADAPTER}/{LINKS}")}
        training = Training.model_validate_json(read[TRAINING])
        links = json.loads(read[f"{ADAPTER}/{LINKS}"])
        if links["training_digest"] != digest(read[TRAINING]):
            raise EngramError(f"{TRAINING} is not what {ADAPTER}/{LINKS} says it is")
        trained_on = str(links["data"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        why = reason_of(error) if isinstance(error, ValueError) else "it is incomplete"
        raise EngramError(f"{TRAINING} or {ADAPTER}/{LINKS} is damaged: {why}") from error
    for name in PARTS:
        if not (folder / ADAPTER / name).is_file():
            raise EngramError(f"{ADAPTER}/{name} is missing")
    return training, trained_on


def _begun_on(folder: Path) -> str | None:
    """The digest of the data that a run began with, by its log."""
    start = next((event for event in events_in(folder) if event["event"] == "start"), {})
    return str(start["data"]) if "data" in start else None


def _files(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """What is in a folder, in order, but for its lock; links are not followed."""
    if folder.is_symlink():
        return
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent) / name
            # What an engram at work writes may be gone again.
            with suppress(FileNotFoundError):
                status = path.lstat()
                if name != LOCK:
                    yield path.relative_to(folder).as_posix(), status
