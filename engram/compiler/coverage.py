"""What a test set will have nothing to say about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from engram.compiler.rules import SWALLOWED, UNTESTED
from engram.compiler.state import Entry, Group, Seat
from engram.core.build import Options
from engram.core.finding import Finding

# Two wordings of one question are no reason to look twice.
MOST_TOGETHER = 2


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


def swallowed(groups: Iterable[Group]) -> Iterator[Finding]:
    """A finding for each group of three or more that holds more than a third of a category."""
    patterns = [(group, _by_category(group)) for group in groups]
    whole: Counter[str] = Counter()
    for _, found in patterns:
        whole.update({name: len(entries) for name, entries in found.items()})
    for _, found in patterns:
        for name, entries in sorted(found.items()):
            if len(entries) > MOST_TOGETHER and 3 * len(entries) > whole[name]:
                entry = min(entries.values(), key=lambda entry: entry.order)
                message = (
                    f"{len(entries)} of the {whole[name]} patterns of the category `{name}` "
                    "are one group, which no split parts"
                )
                yield entry.finding(SWALLOWED, message, "category")


def _by_category(group: Group) -> dict[str, dict[str, Entry]]:
    """The patterns of a group by category and key."""
    found: dict[str, dict[str, Entry]] = {}
    for entry in sorted((phrase.entry for phrase in group.phrases), key=lambda e: e.order):
        found.setdefault(entry.pattern.category, {}).setdefault(entry.key, entry)
    return found


def _finding(name: str, groups: list[Group], what: str) -> Finding:
    entry = min((entry for group in groups for entry in group.entries), key=lambda e: e.order)
    count = f"{len(groups)} pattern{'s' if len(groups) > 1 else ''}"
    message = f"no {what} of the category `{name}` ({count}) is held out for test"
    return entry.finding(UNTESTED, message, "category")
