"""Writes that happen or do not: a crash leaves the old file or the new one, never half of one."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

# Whatever is being written carries this prefix until it is whole. Anything that still has it when
# nobody is writing was left by a crash.
UNFINISHED = ".engram-"
# The names of single files that are being written, by ``mkstemp``.
_FILE = re.compile(re.escape(UNFINISHED) + "[a-z0-9_]{8}")


def write_file(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Put ``data`` at ``path``: in full and on disk, or not at all (``OSError``)."""
    with writing(path, mode=mode) as file:
        file.write(data)


@contextmanager
def writing(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """A file to fill; it stands at ``path``, in full and on disk, when the block ends well."""
    handle, name = tempfile.mkstemp(prefix=UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            _settle(file, mode)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    sync_folder(path.parent)


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Put a folder with exactly ``files`` at ``path``, in place of anything that stood there.

    A folder cannot be replaced in one step, so what stood there is moved aside first: call it only
    where nobody reads the old folder by that name any more.
    """
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=path.parent))
    try:
        _fill_folder(unfinished, files)
        with moved_aside(path):
            unfinished.rename(path)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    sync_folder(path.parent)


@contextmanager
def moved_aside(path: Path) -> Iterator[None]:
    """A block during which ``path`` is free; what stood there is removed after it, or put back."""
    if not os.path.lexists(path):
        yield
        return
    aside = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=path.parent))
    try:
        path.rename(aside / "old")
        try:
            yield
        except BaseException:
            (aside / "old").rename(path)
            raise
    except BaseException:
        # Only if it is empty: what could not be put back is not thrown away.
        with suppress(OSError):
            aside.rmdir()
        raise
    remove(aside)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """A block that no other process, and no other thread, is in for the same folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def sweep_unfinished(*folders: Path) -> None:
    """Remove what crashes left in ``folders``. Only for who is ``alone`` in them."""
    for folder in folders:
        if folder.is_dir() and not folder.is_symlink():
            for path in folder.glob(f"{UNFINISHED}*"):
                remove(path)


def sweep_files(folder: Path) -> None:
    """Remove the files that crashes of ``writing`` left in ``folder``; for who is ``alone`` there.

    This is for folders in which people keep things of their own, under whichever names: what nobody
    here can have written stays.
    """
    for path in folder.glob(f"{UNFINISHED}*"):
        if _FILE.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            path.unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder; what is already gone is fine."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable, where the system lets folders be synced."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _fill_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.chmod(0o755)
    for name, data in files.items():
        _fill(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), data)
    sync_folder(folder)


def _fill(handle: int, data: bytes) -> None:
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        _settle(file, 0o644)


def _settle(file: BinaryIO, mode: int) -> None:
    file.flush()
    # mkstemp makes files that only their owner can read; what is written here is for sharing.
    os.fchmod(file.fileno(), mode)
    os.fsync(file.fileno())
