"""What a build knows about one of its patterns: its group, its rows, and what comes near it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engram.core.build import PatternSite, Phrasing, Probe, Split
from engram.core.noun import Noun


class Asked(Noun):
    """One row of the pattern: what is asked, in which split, and what for."""

    split: Split
    probe: Probe
    phrasing: Phrasing
    prompt: str


class Neighbour(Noun):
    """A trained pattern of another group with a prompt alike by so many percent."""

    pattern: str
    percent: int
    prompt: str
    answer: str
    file: str
    line: int


class Explanation(Noun):
    """Why a pattern is where it is.

    ``members`` are the patterns of its group, itself among them. ``answer`` is null if all of its
    prompts went to other patterns that ask the same. ``near`` holds the nearest in train, the
    nearest first.
    """

    build_id: str
    site: PatternSite
    answer: str | None
    rows: Annotated[tuple[Asked, ...], Field(strict=False)]
    members: Annotated[tuple[PatternSite, ...], Field(strict=False)]
    near: Annotated[tuple[Neighbour, ...], Field(strict=False)]
