"""Which pattern of a build a user means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from heapq import nsmallest

from engram.compiler.likeness import percent, shingles
from engram.compiler.normal import normal_form
from engram.compiler.wording import shown
from engram.core.build import SPLITS, Build, Row
from engram.core.errors import EngramError

MOST_LISTED = 5
_PLACE = re.compile(r"(.+):([0-9]{1,9})")


def pattern_named(build: Build, name: str) -> str:
    """The key of the pattern that is meant by a key, a place, a prompt, or the start of a key.

    Raises EngramError unless that is one pattern; several are listed, and so is what is close to
    none.
    """
    for meaning in (_by_key, _by_place, _by_prompt, _by_form, _by_start):
        found = sorted(set(meaning(build, name)))
        if len(found) == 1:
            return found[0]
        if found:
            message = f"{shown(name)} names {len(found):,} patterns"
            raise EngramError(message, help=f"Name one of them: {_listed(build, found)}")
    close = [*get_close_matches(name, build.sites, MOST_LISTED), *_alike(build, name)]
    listed = _listed(build, list(dict.fromkeys(close)))
    advice = f"Close to it: {listed}" if close else "Give an id, FILE:LINE, or a prompt."
    raise EngramError(f"no pattern of this build is named {shown(name)}", help=advice)


def _by_key(build: Build, name: str) -> Iterator[str]:
    if name in build.sites:
        yield name


def _by_place(build: Build, name: str) -> Iterator[str]:
    """What begins in that line of the corpora, or in the nearest line above it."""
    place = _PLACE.fullmatch(name)
    if not place:
        return
    file, line = place[1].replace("\\", "/"), int(place[2])
    files = {site.file for site in build.sites.values() if f"/{file}".endswith(f"/{site.file}")}
    above = [
        site
        for site in build.sites.values()
        # The longest path is the one that says most of what was given.
        if files and site.file == max(files, key=len) and site.line <= line
    ]
    begins = max((site.line for site in above), default=0)
    yield from (site.pattern for site in above if site.line == begins)


def _by_prompt(build: Build, name: str) -> Iterator[str]:
    return (row.pattern for row in _rows(build) if row.prompt == name)


def _by_form(build: Build, name: str) -> Iterator[str]:
    form = normal_form(name)
    return (row.pattern for row in _rows(build) if normal_form(row.prompt) == form)


def _by_start(build: Build, name: str) -> Iterator[str]:
    return (key for key in build.sites if key.startswith(name))


def _alike(build: Build, name: str) -> Iterator[str]:
    asked = shingles(normal_form(name))
    found = ((percent(asked, shingles(normal_form(row.prompt))), row) for row in _rows(build))
    best = nsmallest(MOST_LISTED, found, key=lambda of: (-of[0], of[1].id))
    return (row.pattern for alike, row in best if alike)


def _rows(build: Build) -> Iterable[Row]:
    return (row for split in SPLITS for row in build.rows[split])


def _listed(build: Build, patterns: Sequence[str]) -> str:
    names = [f"{key} ({build.place(key)})" for key in patterns[:MOST_LISTED]]
    return ", ".join([*names, "..."] if len(patterns) > MOST_LISTED else names)
