"""What a project sets once for all its corpora; it changes what is said, never what is built."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engram.core.noun import Noun, Texts

Count = Annotated[int, Field(ge=1)]


class Limits(Noun):
    """How large an input may be before it is a finding, so that no file can cost much.

    ``file_bytes`` is per corpus file, ``table_bytes`` per CSV file, ``files`` per run, ``depth`` in
    levels of nesting, ``nodes`` in values per file, ``scalar`` in characters per value.
    """

    file_bytes: Count = 4 << 20
    table_bytes: Count = 64 << 20
    files: Count = 10_000
    depth: Count = 20
    nodes: Count = 300_000
    scalar: Count = 100_000


class Config(Noun):
    """The settings of a project. ``select`` and ``ignore`` hold rule codes, or their beginnings."""

    select: Texts = ()
    ignore: Texts = ()
    limits: Limits = Limits()
