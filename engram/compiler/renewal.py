"""The lock after compiling: what was on record, and the place that everything has now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engram.compiler.lock import Line, Lock
from engram.compiler.moves import copies_in
from engram.compiler.placing import known_split
from engram.compiler.state import Change, Entry, Group, HeldOut, State
from engram.core.build import Split

Places = Mapping[str, Split]


def recorded(state: State) -> State:
    """The state with the lock as it is to be kept, and what changes in it."""
    lock, groups, places = state.lock, state.groups, state.places
    after = _renewed(lock, groups, places, state.held_out)
    return replace(state, renewed=after, change=_change(lock, after, groups, places))


def _renewed(lock: Lock, groups: Sequence[Group], places: Places, held_out: HeldOut) -> Lock:
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


def _change(lock: Lock, after: Lock, groups: Sequence[Group], places: Places) -> Change:
    """Which patterns are new in the lock, which move, and of which only the wordings change."""
    found: dict[str, list[Entry]] = {"kept": [], "new": [], "moved": [], "reworded": []}
    for group in groups:
        for first, *others in copies_in(group):
            split = known_split((first, *others), lock)
            if split is None:
                found["new"].append(first)
            elif split != places[group.key]:
                found["moved"].append(first)
            elif lock.lines.get(first.names[0]) == after.lines[first.names[0]]:
                found["kept"].append(first)
            else:
                found["reworded"].append(first)
    return Change(**found)


def _owners(groups: Sequence[Group], held_out: HeldOut) -> dict[str, str]:
    """The pattern in whose line each name stands: its own, or the first that goes by it."""
    known = sorted({entry.names for group in groups for entry in group.entries})
    owners = {names[0]: names[0] for names in known}
    for own, *others in known:
        for name in others:
            owners.setdefault(name, own)
    # Wordings from templates are on record only if they are, or were, held out.
    for one in (*held_out.held, *held_out.lapsed):
        owners.setdefault(one.name, one.phrase.entry.names[0])
    return owners
