"""Bytes of files that may be anything: a device, a pipe, a terabyte, or not text at all."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from engram.files.fault import Fault, Position

# Control characters (but tab and line feed), the line separators that tools disagree about, a byte
# order mark in mid-text, and code points that are not characters.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def read_regular(path: Path, limit: int, *, follow: bool = True) -> bytes | Fault:
    """The bytes of a regular file of at most ``limit`` bytes, or why there are none.

    Never blocks on a pipe and never reads a device; with ``follow=False`` never a link's target.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    try:
        handle = os.open(path, flags)
    except (OSError, ValueError) as error:
        return Fault("unreadable", f"cannot be opened: {reason_of(error)}")
    try:
        return _read(handle, limit)
    except OSError as error:
        return Fault("unreadable", f"cannot be read: {reason_of(error)}")
    finally:
        os.close(handle)


def decode(data: bytes) -> str | Fault:
    """The text of a UTF-8 file with LF or CRLF line ends, as LF; or the first byte that is not.

    A byte order mark at the start is dropped: some editors write one.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Fault(
            "encoding",
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            _position_in_bytes(data, error.start),
            "Save the file as UTF-8.",
        )
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    unwanted = _UNWANTED.search(text)
    return _unwanted(text, unwanted.start()) if unwanted else text


def position_of(text: str, index: int) -> Position:
    """The position of the character at ``index``."""
    line_start = text.rfind("\n", 0, index) + 1
    return Position(text.count("\n", 0, index) + 1, index - line_start + 1)


def _read(handle: int, limit: int) -> bytes | Fault:
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        return Fault("unreadable", "is not a regular file")
    if status.st_size <= limit:
        with os.fdopen(handle, "rb", closefd=False) as file:
            # Asked for no more than there is, since that much memory is taken first.
            data = file.read(status.st_size + 1)
        if len(data) <= status.st_size:
            return data
        if len(data) <= limit:
            return Fault("unreadable", "was being written to while it was read")
    return Fault("too-large", f"is larger than the limit of {limit:,} bytes")


def reason_of(error: Exception) -> str:
    """In a few words, why a file could not be read or written."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _position_in_bytes(data: bytes, index: int) -> Position:
    before = data[:index].decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    return position_of(before, len(before))


def _unwanted(text: str, index: int) -> Fault:
    return Fault(
        "character",
        f"the character U+{ord(text[index]):04X} is not allowed in a corpus file",
        position_of(text, index),
        f'Inside double quotes it can be written as "\\u{ord(text[index]):04X}".',
    )
