"""What a test set will have nothing to say about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from engram.compiler.rules import SWALLOWED, UNTESTED
from engram.compiler.state import Entry, Group, Held
from engram.core.build import Options, Split
from engram.core.finding import Finding

# Two wordings of one question are no reason to look twice.
MOST_TOGETHER = 2


def untested(
    groups: Sequence[Group], places: Mapping[str, Split], held: Iterable[Held], options: Options
) -> Iterator[Finding]:
    """A finding for each category whose own question test does not ask.

    That question is ``novel`` for rules and ``variant`` for lookups.
    """
    if not options.ratios[2]:
        return
    asked = {
        (phrase.entry.pattern.category, "novel")
        for group in groups
        if places[group.key] == "test"
        for phrase in group.phrases
        if phrase.kind == "bare"
    }
    asked |= {(h.phrase.entry.pattern.category, "variant") for h in held if h.split == "test"}
    by_category: dict[str, list[Group]] = {}
    for group in groups:
        by_category.setdefault(group.category, []).append(group)
    for name, of_one in sorted(by_category.items()):
        rules = any(not group.trained for group in of_one)
        if (name, "novel" if rules else "variant") not in asked:
            yield _finding(name, of_one, "pattern" if rules else "wording")


def swallowed(groups: Iterable[Group]) -> Iterator[Finding]:
    """A finding for each group of three or more that holds more than a third of a category."""
    whole: Counter[str] = Counter()
    large: list[dict[str, list[Entry]]] = []
    for group in groups:
        if len(group.entries) == 1:
            whole[group.category] += 1
            continue
        entries = {phrase.entry.key: phrase.entry for phrase in group.phrases}
        whole.update(entry.pattern.category for entry in entries.values())
        if len(entries) > MOST_TOGETHER:
            large.append(_by_category(entries.values()))
    for found in large:
        for name, same in sorted(found.items()):
            if len(same) > MOST_TOGETHER and 3 * len(same) > whole[name]:
                message = (
                    f"{len(same)} of the {whole[name]} patterns of the category `{name}` "
                    "are one group, which no split parts"
                )
                first = min(same, key=lambda entry: entry.order)
                yield first.finding(SWALLOWED, message, "category")


def _by_category(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.pattern.category, []).append(entry)
    return found


def _finding(name: str, groups: list[Group], what: str) -> Finding:
    entry = min((entry for group in groups for entry in group.entries), key=lambda e: e.order)
    count = f"{len(groups)} pattern{'s' if len(groups) > 1 else ''}"
    message = f"no {what} of the category `{name}` ({count}) is held out for test"
    return entry.finding(UNTESTED, message, "category")
