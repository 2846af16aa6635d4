"""Rows and places of patterns, made from prompts; and the files that hold them.

A compiler makes light records, by the million if need be. A reader parses the nouns of ``core``,
which check every field. Both have the same properties, and both are written by the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol, TypeVar

from pydantic import ValidationError

from engram.compiler.state import KEY_DIGITS, Entry, Seat
from engram.core.build import PatternSite, Phrasing, Probe, Row, Split, Tie
from engram.core.corpus import Match, Pattern
from engram.files.canonical import rank_of
from engram.files.jsonl import dumped, spelt, spelt_lines, split_lines

_Record = TypeVar("_Record", Row, PatternSite)


class RowLike(Protocol):
    """What a row says, made or read; see ``core.build.Row``."""

    @property
    def id(self) -> str: ...
    @property
    def prompt(self) -> str: ...
    @property
    def answer(self) -> str: ...
    @property
    def pattern(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def probe(self) -> Probe: ...
    @property
    def phrasing(self) -> Phrasing: ...
    @property
    def match(self) -> Match: ...
    @property
    def accept(self) -> tuple[str, ...]: ...
    @property
    def tags(self) -> tuple[str, ...]: ...


class SiteLike(Protocol):
    """What is known of the place of a pattern, made or read; see ``core.build.PatternSite``."""

    @property
    def pattern(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def corpus(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def split(self) -> Split: ...
    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def tie(self) -> Tie | None: ...


class MadeRow(NamedTuple):
    """A row as the compiler makes it. What is not asked for often is looked up where it stands."""

    id: str
    prompt: str
    pattern: str
    category: str
    probe: Probe
    phrasing: Phrasing
    source: Pattern

    @property
    def answer(self) -> str:
        return self.source.output

    @property
    def match(self) -> Match:
        return self.source.match

    @property
    def accept(self) -> tuple[str, ...]:
        return self.source.accept

    @property
    def tags(self) -> tuple[str, ...]:
        return self.source.tags


class MadeSite(NamedTuple):
    """The place of a pattern as the compiler makes it."""

    pattern: str
    group: str
    corpus: str
    category: str
    split: Split
    file: str
    line: int
    column: int
    tie: Tie | None


def row_of(seat: Seat) -> MadeRow:
    """The row that asks the prompt of a seat the question that it asks there."""
    phrase, pattern = seat.phrase, seat.phrase.entry.pattern
    return MadeRow(
        id=row_id(phrase.entry.key, phrase.prompt),
        prompt=phrase.prompt,
        pattern=phrase.entry.key,
        category=pattern.category,
        probe=seat.probe,
        phrasing=phrase.kind,
        source=pattern,
    )


def row_id(pattern: str, prompt: str) -> str:
    """The name of a row: the start of the digest of its pattern's key and its prompt."""
    return rank_of(pattern, prompt)[:KEY_DIGITS]


def site_of(entry: Entry, group: str, split: Split, tie: Tie | None) -> MadeSite:
    """Where a pattern stands, the group and split it is in, and what ties it to the group."""
    at = entry.at
    return MadeSite(
        pattern=entry.key,
        group=group,
        corpus=entry.home.corpus.name,
        category=entry.pattern.category,
        split=split,
        file=entry.file.path,
        line=at.line,
        column=at.column,
        tie=tie,
    )


def dump_rows(rows: Iterable[RowLike]) -> bytes:
    """The rows as JSON lines, in the order given."""
    return spelt_lines(map(_row, rows))


def parse_rows(data: bytes) -> tuple[Row, ...]:
    """The rows in ``data``; the inverse of ``dump_rows``. Raises ValueError for anything else."""
    rows = tuple(_parsed(Row, data))
    if dump_rows(rows) != data:
        raise ValueError("not written the way a compiler writes rows")
    return rows


def dump_sites(sites: Iterable[SiteLike]) -> bytes:
    """The places of patterns as JSON lines, sorted by pattern."""
    return spelt_lines(map(_site, sorted(sites, key=lambda site: site.pattern)))


def parse_sites(data: bytes) -> dict[str, PatternSite]:
    """The places in ``data``, by pattern. Raises ValueError for what no compiler writes."""
    sites = {site.pattern: site for site in _parsed(PatternSite, data)}
    if dump_sites(sites.values()) != data:
        raise ValueError("not written the way a compiler writes patterns")
    return sites


def _row(row: RowLike) -> str:
    # What an encoder would make of a mapping, several times as fast.
    return (
        f'{{"messages": [{{"role": "user", "content": {spelt(row.prompt)}}}, '
        f'{{"role": "assistant", "content": {spelt(row.answer)}}}], '
        f'"id": {spelt(row.id)}, "pattern": {spelt(row.pattern)}, '
        f'"category": {spelt(row.category)}, "probe": {spelt(row.probe)}, '
        f'"phrasing": {spelt(row.phrasing)}, "match": {spelt(row.match)}, '
        f'"accept": {_list(row.accept)}, "tags": {_list(row.tags)}}}'
    )


def _site(site: SiteLike) -> str:
    return (
        f'{{"pattern": {spelt(site.pattern)}, "group": {spelt(site.group)}, '
        f'"corpus": {spelt(site.corpus)}, "category": {spelt(site.category)}, '
        f'"split": {spelt(site.split)}, "file": {spelt(site.file)}, '
        f'"line": {site.line}, "column": {site.column}, "tie": {_tie(site.tie)}}}'
    )


def _tie(tie: Tie | None) -> str:
    return dumped(tie.model_dump()) if tie else "null"


def _list(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(map(spelt, texts))}]"


def _parsed(kind: type[_Record], data: bytes) -> Iterator[_Record]:
    for line in split_lines(data):
        try:
            yield kind.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise ValueError(f"{place or 'a line'}: {first['msg']}") from error
