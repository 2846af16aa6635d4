"""What a test set will have nothing to say about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engram.compiler.rules import UNTESTED
from engram.compiler.state import Group, Seat
from engram.core.build import Options
from engram.core.finding import Finding


def untested(groups: Iterable[Group], seats: Iterable[Seat], options: Options) -> Iterator[Finding]:
    """A finding for each category whose own question test does not ask.

    That question is ``novel`` for rules and ``variant`` for lookups.
    """
    if not options.ratios[2]:
        return
    asked = {
        (seat.phrase.entry.pattern.category, seat.probe) for seat in seats if seat.split == "test"
    }
    by_category: dict[str, list[Group]] = {}
    for group in groups:
        by_category.setdefault(group.category, []).append(group)
    for name, of_one in sorted(by_category.items()):
        rules = any(not group.trained for group in of_one)
        if (name, "novel" if rules else "variant") not in asked:
            yield _finding(name, of_one, "pattern" if rules else "wording")


def _finding(name: str, groups: list[Group], what: str) -> Finding:
    entry = min((entry for group in groups for entry in group.entries), key=lambda e: e.order)
    count = f"{len(groups)} pattern{'s' if len(groups) > 1 else ''}"
    message = f"no {what} of the category `{name}` ({count}) is held out for test"
    return entry.finding(UNTESTED, message, "category")
