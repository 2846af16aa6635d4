"""What a project sets once for all its corpora; it changes what is said, never what is built."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engram.core.noun import Noun, Texts

Count = Annotated[int, Field(ge=1)]


class Limits(Noun):
    """How large an input may be before it is a finding, so that no file can cost much.

    ``file_bytes`` is per corpus file, ``table_bytes`` and ``table_cells`` per CSV file,
    ``lines_bytes`` per file of JSON lines and ``line_bytes`` per line, ``files`` per run,
    ``depth`` in levels of nesting, ``nodes`` in keys and values per file, ``scalar`` in characters
    per value. ``slow_chars`` and ``slow_nodes`` hold for a text that only the slow parser can
    judge. ``prompts`` is in prompts that the templates of one file make; four a pattern are never
    too many. ``patterns`` is in those that a table makes, ``regex_steps`` in steps of about a
    microsecond that the regular expressions of a file take to compile. ``faults`` is how many are
    told of one file.
    """

    file_bytes: Count = 4 << 20
    table_bytes: Count = 8 << 20
    table_cells: Count = 500_000
    lines_bytes: Count = 256 << 20
    line_bytes: Count = 1 << 20
    files: Count = 10_000
    depth: Count = 20
    nodes: Count = 50_000
    scalar: Count = 100_000
    slow_chars: Count = 500_000
    slow_nodes: Count = 20_000
    prompts: Count = 100_000
    patterns: Count = 200_000
    regex_steps: Count = 500_000
    faults: Count = 5_000


DEFAULT_LIMITS = Limits()


class Config(Noun):
    """The settings of a project.

    ``select`` and ``ignore`` hold codes of rules, beginnings of codes, or names of rules. ``gates``
    hold what a run must measure, in the words of ``engram run --gate``: nothing to learn twice, and
    figures with dots or parentheses in their names need no quotes as the keys of a table would.
    """

    select: Texts = ()
    ignore: Texts = ()
    gates: Texts = ()
    limits: Limits = DEFAULT_LIMITS
