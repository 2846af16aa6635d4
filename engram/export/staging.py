"""A folder that appears under its name when it is whole and checked, and otherwise not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from engram.core.errors import EngramError
from engram.core.exported import ExportedFile, ExportRecord
from engram.files.atomic import UNFINISHED, moved_aside, sync_folder
from engram.files.fault import Fault
from engram.files.reading import read_regular, reason_of
from engram.models.digests import sha256_of

RECORD = "engram-export.json"
MOST_BYTES = 1 << 24


def check_place(out: Path) -> None:
    """Raise EngramError unless nothing of anybody's stands in the way at ``out``.

    An empty folder may be there, and an earlier export with nothing in it but its own files.
    """
    if not os.path.lexists(out):
        return
    if out.is_symlink() or not out.is_dir():
        raise EngramError(f"{out} is there already, and is no folder.", help="Choose another.")
    own = {RECORD, *(file.path for file in _recorded(out))}
    foreign = sorted(path.name for path in out.iterdir() if path.name not in own)
    if foreign:
        raise EngramError(
            f"{out} holds what is not of an earlier export: {foreign[0]}.",
            help="Choose another folder, or empty this one.",
        )


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """A folder to fill beside ``out``; ``publish`` puts it there. Otherwise nothing is left.

    Raises EngramError where it cannot be written, for lack of room say.
    """
    unfinished = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=out.parent))
        unfinished.chmod(0o755)
        yield unfinished
    except OSError as error:
        raise EngramError(
            f"The export cannot be written to {out}: {reason_of(error).rstrip('.')}.",
            help="Make room for it, or choose another folder: -o DIR",
        ) from error
    finally:
        if unfinished is not None:
            shutil.rmtree(unfinished, ignore_errors=True)


def publish(unfinished: Path, out: Path) -> None:
    """Put a folder that is whole in its place."""
    for path in unfinished.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    sync_folder(unfinished)
    check_place(out)
    with moved_aside(out):
        unfinished.rename(out)
    sync_folder(out.parent)


def files_in(folder: Path) -> tuple[ExportedFile, ...]:
    """The files in a folder, in order of name, by their digests."""
    return tuple(
        ExportedFile(path=path.name, bytes=path.stat().st_size, sha256=sha256_of(path))
        for path in sorted(folder.iterdir())
    )


def _recorded(folder: Path) -> tuple[ExportedFile, ...]:
    """The files that an earlier export in a folder says are its own."""
    data = read_regular(folder / RECORD, MOST_BYTES, follow=False)
    if isinstance(data, Fault):
        return ()
    try:
        return ExportRecord.model_validate_json(data).files
    except ValidationError:
        return ()
