"""JSON lines that every tool splits in the same places.

U+0085, U+2028 and U+2029 end a line for some readers, and some open files in the encoding of the
locale. So everything beyond ASCII is escaped, lines end with a line feed, and files are binary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BytesIO
from itertools import islice
from json import JSONEncoder
from json.encoder import encode_basestring_ascii
from typing import Any

_ENCODER = JSONEncoder(ensure_ascii=True)
_TOGETHER = 1_000


# The text as JSON in ASCII; of one text the same as ``dumped``, at a fraction of the cost.
spelt: Callable[[str], str] = encode_basestring_ascii


def dumped(record: Mapping[str, Any]) -> str:
    """The record as JSON in ASCII, without a line end; keys stay in their order."""
    return _ENCODER.encode(record)


def spelt_lines(objects: Iterable[str]) -> bytes:
    """Objects that are ``dumped`` already, as JSON lines, in the order given."""
    lines = BytesIO()  # a million lines are not to be in memory twice
    left = iter(objects)
    while some := list(islice(left, _TOGETHER)):
        lines.write("\n".join((*some, "")).encode("ascii"))
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
