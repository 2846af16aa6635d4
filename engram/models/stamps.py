"""Digests of files that were read before and have not been touched since.

Reading half a gigabyte takes most of a second, and every command asks for the model. A digest is
kept together with the file's size, inode, and times of change; the time that the system itself sets
on every write and rename (ctime) cannot be set back by a program, so a file with the same stamp is
the file that was read. Where anything differs, the file is read again. A file that changed a moment
ago is not remembered: within one tick of the clock it could change again under the same stamp.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path

from engram.models.digests import sha256_of

SETTLED_NS = 2_000_000_000
STAMPS_NAME = "engram-stamps.json"

Stamps = dict[str, tuple[list[int], str]]


def digests_in(files: list[Path], stamps: Path, *, reread: bool = False) -> dict[str, str]:
    """The SHA-256 of each file by its name; ``stamps`` is where digests are kept between calls.

    With ``reread`` every byte is read, whatever is kept.
    """
    kept = {} if reread else _read(stamps)
    now: Stamps = {}
    digests: dict[str, str] = {}
    for path in files:
        stamp, settled = _stamp(path)
        before, digest = kept.get(path.name, (None, ""))
        digests[path.name] = digest if before == stamp else sha256_of(path)
        if settled:
            now[path.name] = (stamp, digests[path.name])
    if now != kept:
        _write(stamps, now)
    return digests


def _stamp(path: Path) -> tuple[list[int], bool]:
    """What identifies the content of a file, and whether it has been left alone for a while."""
    status = path.stat()
    changed = max(status.st_mtime_ns, status.st_ctime_ns)
    stamp = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev]
    return stamp, time.time_ns() - changed > SETTLED_NS


def _read(path: Path) -> Stamps:
    """What was kept; nothing if it cannot be made sense of, which only costs a reading."""
    try:
        kept = json.loads(path.read_bytes())
        return {name: (list(stamp), str(digest)) for name, (stamp, digest) in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(path: Path, stamps: Stamps) -> None:
    """Keep the stamps; a cache that may not be written is only slower."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_text(json.dumps(stamps), encoding="utf-8")
        beside.replace(path)
