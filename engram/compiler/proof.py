"""The proof that nothing leaks, from rows alone: by the compiler, and again by every reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from engram.compiler.normal import UNICODE, normal_form
from engram.compiler.rows import RowLike, SiteLike, row_id
from engram.core.build import (
    PROBES,
    SPLITS,
    Count,
    LeakProof,
    NearPair,
    NearSearch,
    Split,
)

Rows = Mapping[Split, Sequence[RowLike]]
Sites = Mapping[str, SiteLike]

COMPARED = (
    "every prompt of each split with every prompt of the others, as it is written; "
    f"novel ones also by group, which near-duplicates share, and by normal form (Unicode {UNICODE})"
)
# The manifest shows so many near-duplicates; `patterns.jsonl` has them all.
MOST_PAIRS = 100


class Leak(ValueError):
    """Rows that no compiler writes: something crosses between splits, or does not add up."""


def prove(rows: Rows, sites: Sites, search: NearSearch) -> LeakProof:
    """The proof for these rows; raises Leak at the first row that breaks it.

    ``search`` is taken from whoever made the groups: what it found are the ties in ``sites``.
    """
    _each_row(rows, sites)
    _ties(sites)
    _prompts(rows)
    _novel(rows, sites)
    _categories(rows)
    train, valid, test = (len(rows.get(split, ())) for split in SPLITS)
    near = near_pairs(sites)
    return LeakProof(
        compared=COMPARED,
        groups=len({site.group for site in sites.values()}),
        prompts=train + valid + test,
        pairs=train * (valid + test) + valid * test,
        crossing=0,
        search=search,
        near=len(near),
        near_pairs=near[:MOST_PAIRS],
    )


def near_pairs(sites: Sites) -> tuple[NearPair, ...]:
    """The near-duplicates that made groups, by pattern."""
    return tuple(
        NearPair(pattern=site.pattern, to=site.tie.to, percent=site.tie.percent)
        for site in sorted(sites.values(), key=lambda site: site.pattern)
        if site.tie and site.tie.percent is not None
    )


def count(rows: Rows, sites: Sites) -> tuple[Count, ...]:
    """How many rows and groups there are for each category, split and probe that has any."""
    found: dict[tuple[str, int, int], list[str]] = {}
    for split, row in _all(rows):
        key = (row.category, SPLITS.index(split), PROBES.index(row.probe))
        found.setdefault(key, []).append(sites[row.pattern].group)
    return tuple(
        Count(
            category=category,
            split=SPLITS[split],
            probe=PROBES[probe],
            rows=len(groups),
            groups=len(set(groups)),
        )
        for (category, split, probe), groups in sorted(found.items())
    )


def _each_row(rows: Rows, sites: Sites) -> None:
    for split, row in _all(rows):
        site = sites.get(row.pattern)
        if site is None or site.category != row.category:
            raise Leak(f"row {row.id} is of no pattern of this build")
        if row.id != row_id(row.pattern, row.prompt):
            raise Leak(f"row {row.id} is not named by its pattern and prompt")
        if (row.probe == "recall") is not (split == "train"):
            raise Leak(f"row {row.id} asks for {row.probe} in {split}")
        if site.split != (split if row.probe == "novel" else "train"):
            raise Leak(f"row {row.id} of {split} is of a pattern placed in {site.split}")
    for split in SPLITS:
        ids = [row.id for row in rows.get(split, ())]
        if ids != sorted(ids):
            raise Leak(f"the rows of {split} are out of order")


def _prompts(rows: Rows) -> None:
    seen: dict[str, Split] = {}
    for split, row in _all(rows):
        other = seen.setdefault(row.prompt, split)
        if other is not split:
            raise Leak(f"the prompt of row {row.id} stands in {other} and in {split}")
    if len(seen) != sum(1 for _ in _all(rows)):
        raise Leak("a prompt stands in one split twice")


def _novel(rows: Rows, sites: Sites) -> None:
    placed: dict[str, Split] = {}
    for site in sites.values():
        if placed.setdefault(site.group, site.split) != site.split:
            raise Leak(f"the group {site.group} is in two splits")
    forms: dict[str, RowLike] = {}
    for _, row in _all(rows):
        known = forms.setdefault(normal_form(row.prompt), row)
        if sites[known.pattern].group != sites[row.pattern].group:
            raise Leak(f"the prompt of row {row.id} is all but that of another group")
        if known is not row and row.probe == "variant":
            raise Leak(f"the prompt of row {row.id} is all but a trained one")


def _ties(sites: Sites) -> None:
    """Every pattern is led to the one that its group is named by, within its group."""
    led: set[str] = set()
    for site in sites.values():
        way: dict[str, None] = {}
        while site.pattern not in led:
            way[site.pattern] = None
            if site.tie is None:
                break
            beyond = sites.get(site.tie.to)
            if beyond is None or beyond.group != site.group or beyond.pattern in way:
                raise Leak(f"the pattern {site.pattern} is tied to no pattern of its group")
            if (site.tie.percent is None) is (site.tie.by == "near"):
                raise Leak(f"the pattern {site.pattern} is not tied as a compiler ties")
            site = beyond
        if site.tie is None and site.pattern != site.group:
            raise Leak(f"the pattern {site.pattern} is in a group that nothing ties it to")
        led.update(way)


def _categories(rows: Rows) -> None:
    trained = {row.category for row in rows.get("train", ())}
    for split, row in _all(rows):
        if row.category not in trained:
            raise Leak(f"the category `{row.category}` stands in {split} but not in train")


def _all(rows: Rows) -> Iterator[tuple[Split, RowLike]]:
    return ((split, row) for split in SPLITS for row in _of(rows, split))


def _of(rows: Rows, split: Split) -> Iterable[RowLike]:
    return rows.get(split, ())
