"""What moves although it has a place in the lock. It only ever moves towards train."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from engram.compiler.lock import Lock
from engram.compiler.placing import known_split
from engram.compiler.rules.lock import MOVED
from engram.compiler.state import Entry, Group, Held
from engram.compiler.wording import shown
from engram.core.build import SPLITS, Split
from engram.core.finding import Finding

MOST_NAMED = 3


def moved_patterns(
    lock: Lock, groups: Iterable[Group], places: Mapping[str, Split]
) -> Iterator[Finding]:
    """A finding for each group of which patterns move: their names, and the reason."""
    for group in groups if lock.lines else ():
        movers = [
            first
            for first, *others in copies_in(group)
            if known_split((first, *others), lock) not in (None, places[group.key])
        ]
        movers.sort(key=lambda entry: entry.order)
        if movers:
            came = {known_split((entry,), lock) for entry in movers}
            splits = " and ".join(split for split in SPLITS if split in came)
            message = (
                f"{named(movers)} {'move' if len(movers) > 1 else 'moves'} from {splits} "
                f"to {places[group.key]}: {_reason(group, lock, places[group.key])}"
            )
            yield movers[0].finding(MOVED, message)


def moved_wordings(lapsed: Iterable[Held]) -> Iterator[Finding]:
    """A finding for each wording that was held out and is trained."""
    for one in lapsed:
        message = (
            f"the wording {shown(one.phrase.prompt)} of {named([one.phrase.entry])} moves "
            f"from {one.split} to train: it no longer differs from what is trained"
        )
        yield one.phrase.entry.finding(MOVED, message)


def copies_in(group: Group) -> Iterable[Sequence[Entry]]:
    """The patterns of a group in reading order, each with its copies."""
    if len(group.entries) == 1:
        return (group.entries,)
    copies: dict[str, list[Entry]] = {}
    for entry in sorted(group.entries, key=lambda entry: entry.order):
        copies.setdefault(entry.key, []).append(entry)
    return copies.values()


def named(entries: Sequence[Entry]) -> str:
    """The patterns in words: by their ids or inputs, and after the first few by their number."""
    names = [f"`{e.pattern.id}`" if e.pattern.id else shown(e.pattern.input) for e in entries]
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _reason(group: Group, lock: Lock, place: Split) -> str:
    for entry in sorted(group.entries, key=lambda entry: entry.order):
        if known_split((entry,), lock) == place:
            return f"now in one group with {named([entry])} ({entry.place})"
    if group.trained:
        return "its corpus holds out wordings only (`holdout: variant`)"
    return "nothing else of its category is in train"
