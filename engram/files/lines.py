"""Single lines of files, for showing what a finding is about."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

# A line is shown in part, and this is more than a screen has room for.
LONGEST = 1 << 20


def lines_of(path: Path, wanted: Collection[int]) -> dict[int, str]:
    """Those lines of a regular file, by number, as far as they can be had; the first is line 1.

    A line ends with a line feed, and only the first mebibyte of it is given. Bytes that are not
    UTF-8 become U+FFFD, a byte order mark is dropped.
    """
    if not wanted:
        return {}
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return {}
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return {}
        with os.fdopen(handle, "rb", closefd=False) as file:
            return _chosen(file, wanted)
    except OSError:
        return {}
    finally:
        os.close(handle)


def _chosen(file: BinaryIO, wanted: Collection[int]) -> dict[int, str]:
    last = max(wanted)
    found: dict[int, str] = {}
    for number, line in enumerate(_heads(file), start=1):
        if number in wanted:
            text = line.decode("utf-8", errors="replace").rstrip("\n").removesuffix("\r")
            found[number] = text.removeprefix("\ufeff") if number == 1 else text
        if number >= last:
            break
    return found


def _heads(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(LONGEST):
        head = line
        while line and not line.endswith(b"\n"):
            line = file.readline(LONGEST)
        yield head
