"""Standard output and error that no data and no reader can bring a command down with."""

from __future__ import annotations

import io
import os
import sys
from typing import Any


class Outlasting(io.FileIO):
    """A file descriptor to write to; once its reader has gone away, what is written is dropped.

    With `engram compile corpora | head -1` the build is still made, and its exit code told.
    """

    def write(self, data: Any) -> int:
        """The number of bytes written, or dropped."""
        try:
            return super().write(data)
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return super().write(data)


def make_lasting() -> None:
    """Make the standard streams outlast their readers, and spell what their encoding lacks."""
    sys.stdout, sys.stderr = _lasting(sys.stdout), _lasting(sys.stderr)


def _lasting(stream: Any) -> Any:
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(Outlasting(stream.fileno(), "wb", closefd=False)),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
