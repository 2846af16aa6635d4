"""How two builds differ: in what they were asked for, and pattern by pattern."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engram.core.build import PatternSite, Split
from engram.core.noun import Noun

Aspect = Literal[
    "input",
    "output",
    "category",
    "match",
    "accept",
    "tags",
    "wordings",
    "held-out wording",
    "group",
]
Sites = Annotated[tuple[PatternSite, ...], Field(strict=False)]


class Changed(Noun):
    """A pattern that is in both builds and says another thing; of texts, the old and the new."""

    site: PatternSite
    what: Annotated[tuple[Aspect, ...], Field(strict=False)]
    old: dict[Aspect, str]
    new: dict[Aspect, str]


class Moved(Noun):
    """A pattern that is in another split than it was."""

    site: PatternSite
    old: Split
    new: Split


class Difference(Noun):
    """What came, went, changed and moved between two builds, each by pattern.

    ``options`` names the options that differ. ``same`` counts the patterns that do neither.
    """

    old: str
    new: str
    options: Annotated[tuple[str, ...], Field(strict=False)]
    came: Sites
    went: Sites
    changed: Annotated[tuple[Changed, ...], Field(strict=False)]
    moved: Annotated[tuple[Moved, ...], Field(strict=False)]
    same: int

    @property
    def is_empty(self) -> bool:
        """Whether both builds hold the same patterns, placed alike."""
        return not (self.options or self.came or self.went or self.changed or self.moved)
