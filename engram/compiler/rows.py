"""Rows and places of patterns, made from prompts; and the files that hold them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from pydantic import ValidationError

from engram.compiler.state import KEY_DIGITS, Entry, Phrase
from engram.core.build import Message, PatternSite, Probe, Row, Split, Tie
from engram.files.canonical import rank_of
from engram.files.jsonl import dump_lines, split_lines

_Record = TypeVar("_Record", Row, PatternSite)


def row_of(phrase: Phrase, probe: Probe) -> Row:
    """The row that asks ``phrase`` as the question ``probe``."""
    pattern = phrase.entry.pattern
    return Row(
        messages=(
            Message(role="user", content=phrase.prompt),
            Message(role="assistant", content=pattern.output),
        ),
        id=row_id(phrase.entry.key, phrase.prompt),
        pattern=phrase.entry.key,
        category=pattern.category,
        probe=probe,
        phrasing=phrase.kind,
        match=pattern.match,
        accept=pattern.accept,
        tags=pattern.tags,
    )


def row_id(pattern: str, prompt: str) -> str:
    """The name of a row: the start of the digest of its pattern's key and its prompt."""
    return rank_of(pattern, prompt)[:KEY_DIGITS]


def site_of(entry: Entry, group: str, split: Split, tie: Tie | None) -> PatternSite:
    """Where a pattern stands, the group and split it is in, and what ties it to the group."""
    return PatternSite(
        pattern=entry.key,
        group=group,
        corpus=entry.home.corpus.name,
        category=entry.pattern.category,
        split=split,
        file=entry.file.path,
        line=entry.at.line,
        column=entry.at.column,
        tie=tie,
    )


def dump_rows(rows: Iterable[Row]) -> bytes:
    """The rows as JSON lines."""
    return dump_lines(row.model_dump(mode="json") for row in rows)


def parse_rows(data: bytes) -> tuple[Row, ...]:
    """The rows in ``data``; the inverse of ``dump_rows``. Raises ValueError for anything else."""
    rows = tuple(_parsed(Row, line) for line in split_lines(data))
    if dump_rows(rows) != data:
        raise ValueError("not written the way a compiler writes rows")
    return rows


def dump_sites(sites: Iterable[PatternSite]) -> bytes:
    """The places of patterns as JSON lines, sorted by pattern."""
    ordered = sorted(sites, key=lambda site: site.pattern)
    return dump_lines(site.model_dump(mode="json") for site in ordered)


def parse_sites(data: bytes) -> dict[str, PatternSite]:
    """The places in ``data``, by pattern. Raises ValueError for what no compiler writes."""
    sites = {
        site.pattern: site for site in (_parsed(PatternSite, line) for line in split_lines(data))
    }
    if dump_sites(sites.values()) != data:
        raise ValueError("not written the way a compiler writes patterns")
    return sites


def _parsed(kind: type[_Record], line: bytes) -> _Record:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"{place or 'a line'}: {first['msg']}") from error
