"""JSON lines that every tool splits in the same places.

U+0085, U+2028 and U+2029 end a line for some readers, and some open files in the encoding of the
locale. So everything beyond ASCII is escaped, lines end with a line feed, and files are binary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from json import JSONEncoder
from typing import Any

_ENCODER = JSONEncoder(ensure_ascii=True)


def dump_lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    """The records as JSON lines, in the order given; keys stay in the order of each record."""
    encode = _ENCODER.encode
    lines = BytesIO()  # a million lines are not to be in memory twice
    for record in records:
        lines.write(encode(record).encode("ascii"))
        lines.write(b"\n")
    return lines.getvalue()


def line_starts(data: bytes) -> Iterator[int]:
    """Where each line of ``data`` begins, and last where the data ends."""
    yield 0
    for feed in re.finditer(b"\n", data):
        yield feed.end()
    if not data.endswith(b"\n"):
        yield len(data)


def split_lines(data: bytes) -> Iterator[bytes]:
    """The lines of ``data`` without their line feeds; an unfinished last line counts."""
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    yield from lines
