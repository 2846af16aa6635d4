"""One part of the page, under a heading that the contents link to."""

from __future__ import annotations

from typing import NamedTuple

from engram.report.html.element import Html, el


class Section(NamedTuple):
    """A heading and what stands under it. ``short`` is the name in the contents, if another."""

    name: str
    title: str
    parts: tuple[Html | None, ...]
    short: str = ""

    def markup(self) -> Html:
        """The section as it stands on the page."""
        heading = el("h2", self.title, id=f"{self.name}-title")
        return el(
            "section", heading, *self.parts, id=self.name, aria_labelledby=f"{self.name}-title"
        )


def prose(*sentences: str) -> Html:
    """A paragraph of our own words, wherever their lines break in the source."""
    return el("p", " ".join(" ".join(sentences).split()))
