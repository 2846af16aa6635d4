"""Why a pattern is where it is, from a verified build alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import nsmallest

from engram.compiler.likeness import percent, shingles
from engram.compiler.named import pattern_named
from engram.compiler.normal import normal_form
from engram.core.build import SPLITS, Build, PatternSite, Row
from engram.core.explanation import Asked, Explanation, Neighbour

NEAREST = 5


def why(build: Build, name: str) -> Explanation:
    """Why the pattern ``name`` is where it is: its group, its rows, and the nearest in train.

    ``name`` is a pattern's key or the start of it, ``file:line`` of its place in the corpora, or a
    prompt. Raises EngramError, which lists close ones, unless it names exactly one pattern.
    """
    site = build.sites[pattern_named(build, name)]
    rows = [(split, row) for split in SPLITS for row in build.rows[split]]
    own = [(split, row) for split, row in rows if row.pattern == site.pattern]
    return Explanation(
        build_id=build.manifest.build_id,
        site=site,
        answer=own[0][1].answer if own else None,
        rows=tuple(
            Asked(split=split, probe=row.probe, phrasing=row.phrasing, prompt=row.prompt)
            for split, row in own
        ),
        members=tuple(
            sorted(
                (other for other in build.sites.values() if other.group == site.group),
                key=lambda other: other.pattern,
            )
        ),
        near=tuple(_nearest(build, site, [row for _, row in own])),
    )


def _nearest(build: Build, site: PatternSite, own: Iterable[Row]) -> Iterator[Neighbour]:
    asked = [shingles(normal_form(row.prompt)) for row in own if row.phrasing != "template"]
    best: dict[str, tuple[int, Row]] = {}
    for row in build.rows["train"]:
        if row.phrasing == "template" or build.sites[row.pattern].group == site.group:
            continue
        grams = shingles(normal_form(row.prompt))
        alike = max((percent(grams, mine) for mine in asked), default=0)
        if alike > best.get(row.pattern, (0, row))[0]:
            best[row.pattern] = (alike, row)
    for alike, row in nsmallest(NEAREST, best.values(), key=lambda of: (-of[0], of[1].id)):
        there = build.sites[row.pattern]
        yield Neighbour(
            pattern=row.pattern,
            percent=alike,
            prompt=row.prompt,
            answer=row.answer,
            file=there.file,
            line=there.line,
        )
