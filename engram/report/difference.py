"""The difference of two builds for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from engram.core.build import PatternSite
from engram.core.difference import Changed, Difference, Moved
from engram.report.text import shorten, visible

WIDTH = 80
MOST = 50

_Item = TypeVar("_Item")


def difference_text(difference: Difference) -> str:
    """How many patterns came, went, changed and moved; and which, up to a number of each."""
    return "\n\n".join("\n".join(part) for part in _parts(difference))


def _parts(difference: Difference) -> Iterator[Iterable[str]]:
    yield _summary(difference)
    yield from _section("Came", difference.came, _standing)
    yield from _section("Went", difference.went, _standing)
    yield from _section("Changed", difference.changed, _change)
    yield from _section("Moved", difference.moved, _move)


def _summary(difference: Difference) -> Iterator[str]:
    yield f"old  {difference.old}"
    yield f"new  {difference.new}"
    if difference.options:
        yield f"compiled with other options: {', '.join(difference.options)}"
    counts = {
        "came": difference.came,
        "went": difference.went,
        "changed": difference.changed,
        "moved": difference.moved,
    }
    told = ", ".join(f"{len(of_one):,} {word}" for word, of_one in counts.items())
    yield f"{told}; {difference.same:,} the same"


def _section(
    title: str, items: Sequence[_Item], lines: Callable[[_Item], Iterator[str]]
) -> Iterator[list[str]]:
    if not items:
        return
    told = [line for item in items[:MOST] for line in lines(item)]
    if len(items) > MOST:
        told.append(f"  ... and {len(items) - MOST:,} more: --format json has them all")
    yield [title, *told]


def _standing(site: PatternSite) -> Iterator[str]:
    yield f"  {_named(site)}, {site.split}"


def _change(change: Changed) -> Iterator[str]:
    yield f"  {_named(change.site)}: {', '.join(change.what)}"
    for what in change.what:
        if what in change.old:
            yield f"    - {shorten(change.old[what], WIDTH - 6)}"
            yield f"    + {shorten(change.new[what], WIDTH - 6)}"


def _move(moved: Moved) -> Iterator[str]:
    yield f"  {_named(moved.site)}, {moved.old} -> {moved.new}"


def _named(site: PatternSite) -> str:
    return f"{visible(site.pattern)} ({visible(site.file)}:{site.line})"
