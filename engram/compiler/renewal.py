"""The lock after compiling: what was on record, and the place that everything has now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engram.compiler.holding import HeldOut
from engram.compiler.lock import Line, Lock
from engram.compiler.placing import known_split
from engram.compiler.state import Change, Entry, Group
from engram.core.build import Split

Places = Mapping[str, Split]


def renewed(lock: Lock, groups: Sequence[Group], places: Places, held_out: HeldOut) -> Lock:
    """The lock with a line for each pattern of these groups.

    A name that a pattern goes by now stands in its line alone; what else a line held, stays. The
    lines of patterns that are gone stay, too, so that one that comes back returns to its place.
    """
    held = {one.name: one.split for one in held_out.held}
    owners = _owners(groups, held_out)
    wordings: dict[str, dict[str, Split | None]] = {}
    for key, line in lock.lines.items():
        # A pattern that gets an id takes over the line that its input had.
        kept = wordings.setdefault(owners.get(key, key), {})
        kept.update((name, to) for name, to in line.wordings.items() if name not in owners)
    for name, owner in owners.items():
        own = wordings.setdefault(owner, {})
        if name != owner:
            own[name] = held.get(name)
    splits = {key: line.split for key, line in lock.lines.items()}
    splits.update((e.names[0], places[group.key]) for group in groups for e in group.entries)
    return Lock({key: Line(splits[key], wordings[key]) for key in sorted(wordings)})


def change_of(lock: Lock, after: Lock, groups: Sequence[Group], places: Places) -> Change:
    """Which patterns are new in the lock, which move, and of which only the wordings change."""
    found: dict[str, list[Entry]] = {"kept": [], "new": [], "moved": [], "reworded": []}
    for group in groups:
        copies: dict[str, list[Entry]] = {}
        for entry in sorted(group.entries, key=lambda entry: entry.order):
            copies.setdefault(entry.key, []).append(entry)
        for first, *others in copies.values():
            split, name = known_split((first, *others), lock), first.names[0]
            same_line = lock.lines.get(name) == after.lines[name]
            if split is None:
                found["new"].append(first)
            elif split != places[group.key]:
                found["moved"].append(first)
            else:
                found["kept" if same_line else "reworded"].append(first)
    return Change(**found)


def _owners(groups: Sequence[Group], held_out: HeldOut) -> dict[str, str]:
    """The pattern in whose line each name stands: its own, or the first that goes by it."""
    entries = [entry for group in groups for entry in group.entries]
    entries.sort(key=lambda entry: entry.names[0])
    owners = {entry.names[0]: entry.names[0] for entry in entries}
    for entry in entries:
        for name in entry.names:
            owners.setdefault(name, entry.names[0])
    # Wordings from templates are on record only if they are, or were, held out.
    for one in (*held_out.held, *held_out.lapsed):
        owners.setdefault(one.name, one.phrase.entry.names[0])
    return owners
