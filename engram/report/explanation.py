"""An explanation of one pattern for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

from engram.core.build import PatternSite, Reason
from engram.core.explanation import Explanation
from engram.report.text import shorten, visible

WIDTH = 80
MOST_MEMBERS = 20
INDENT = "  "

_REASONS: dict[Reason, str] = {
    "row": "from the same row of a table as",
    "prompt": "a prompt in common with",
    "form": "a prompt equal but for case or space to one of",
}


def explanation_text(explanation: Explanation) -> str:
    """Where the pattern is and why: its group, its rows, and the nearest trained ones."""
    parts = (_head(explanation), _group(explanation), _rows(explanation), _near(explanation))
    return "\n\n".join("\n".join(part) for part in parts)


def _head(explanation: Explanation) -> Iterator[str]:
    site = explanation.site
    yield f"{visible(site.pattern)}: {_standing(site)}"
    yield f"{INDENT}place     {_place(site)}"
    yield f"{INDENT}corpus    {visible(site.corpus)}, category {visible(site.category)}"
    if explanation.answer is not None:
        yield f"{INDENT}answer    {shorten(explanation.answer, WIDTH - 12)}"


def _standing(site: PatternSite) -> str:
    if site.split == "train":
        return "trained"
    steers = "steers training" if site.split == "valid" else "is scored as novel"
    return f"held out, with its whole group; in {site.split} it {steers}"


def _group(explanation: Explanation) -> Iterator[str]:
    members = explanation.members
    if len(members) == 1:
        yield "Group: it stands alone."
        return
    yield f"Group {visible(explanation.site.group)}: {len(members):,} patterns, all in one split"
    for member in members[:MOST_MEMBERS]:
        yield f"{INDENT}{visible(member.pattern)} ({_place(member)})"
        yield f"{INDENT * 2}{_reason(member)}"
    if len(members) > MOST_MEMBERS:
        yield f"{INDENT}... and {len(members) - MOST_MEMBERS:,} more: --format json has them all"


def _reason(member: PatternSite) -> str:
    tie = member.tie
    if tie is None:
        return "names the group"
    if tie.by == "near":
        return f"{tie.percent} % alike to {visible(tie.to)}"
    return f"{_REASONS[tie.by]} {visible(tie.to)}"


def _rows(explanation: Explanation) -> Iterator[str]:
    if not explanation.rows:
        yield "Rows: none. Its prompts are asked for other patterns that have the same."
        return
    yield "Rows"
    for row in explanation.rows:
        yield (
            f"{INDENT}{row.split:<6}{row.probe:<9}{row.phrasing:<10}"
            f"{shorten(row.prompt, WIDTH - 27)}"
        )


def _near(explanation: Explanation) -> Iterator[str]:
    if not explanation.near:
        yield "Nearest in train: nothing outside its group shares three letters with it."
        return
    yield "Nearest in train, outside its group"
    for near in explanation.near:
        place = f"{visible(near.file)}:{near.line}"
        yield f"{INDENT}{near.percent:>3} %  {visible(near.pattern)} ({place})"
        yield f"{INDENT * 4}{shorten(near.prompt, WIDTH - 8)}"
        yield f"{INDENT * 4}-> {shorten(near.answer, WIDTH - 11)}"


def _place(site: PatternSite) -> str:
    return f"{visible(site.file)}:{site.line}"
