"""Room on the disk."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from engram.core.errors import EngramError


def size_of(folder: Path) -> int:
    """The bytes of all files under a folder, as far as they can be counted while it changes."""
    total = 0
    with suppress(OSError):
        for path in folder.rglob("*"):
            with suppress(OSError):
                total += path.stat().st_size if path.is_file() else 0
    return total


def check_room(folder: Path, needed: int) -> None:
    """Raise ``EngramError`` unless the disk of that folder has room for so many bytes."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        have, want = f"{free / 1e9:.1f} GB", f"{needed / 1e9:.1f} GB"
        raise EngramError(
            f"There is room for {have} in {folder}, and {want} is needed.",
            help="Make room, or set ENGRAM_HOME to a folder on another disk.",
        )
