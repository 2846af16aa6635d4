"""Where every group goes: to its place in the lock, or, if it is new, where its category lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from engram.compiler.lock import Lock
from engram.compiler.quotas import Demand, quotas
from engram.compiler.state import Entry, Group
from engram.core.build import SPLITS, Options, Split
from engram.files.canonical import ranker

Places = dict[str, Split]


def place(groups: Sequence[Group], lock: Lock, options: Options) -> Places:
    """The split of every group, by key.

    What is on record stays, and new rules are dealt out by category. Lookups are trained; so is
    what shares a group with something trained, and a group of every category.
    """
    known = {group.key: split for group in groups if (split := known_split(group.entries, lock))}
    places: Places = {group.key: "train" for group in groups if group.trained}
    places.update({key: split for key, split in known.items() if key not in places})
    new = [group for group in groups if group.key not in places]
    places.update(_dealt(groups, new, places, options))
    _teach_every_category(groups, known, places, options.seed)
    return places


def known_split(entries: Iterable[Entry], lock: Lock) -> Split | None:
    """The split in which the lock has these patterns; None if it knows none of their names.

    Of several it is the one nearest to train: nothing that was trained, or that steered training
    as valid does, may be scored as unseen.
    """
    if not lock.lines:
        return None
    spots = (lock.spots.get(name) for entry in entries for name in entry.names)
    found = {spot.split for spot in spots if spot}
    return min(found, key=SPLITS.index, default=None)


def by_category(groups: Iterable[Group], seed: int) -> dict[str, list[Group]]:
    """Groups by category, both in an order that only the seed decides."""
    found: dict[str, list[Group]] = {}
    rank = ranker(seed)
    for group in sorted(groups, key=lambda group: rank(group.key)):
        found.setdefault(group.category, []).append(group)
    return {name: found[name] for name in sorted(found, key=rank)}


def _dealt(
    groups: Sequence[Group], new: Sequence[Group], placed: Places, options: Options
) -> Places:
    """Where new rules go, so that each category and the whole come near the ratios."""
    lookups = {group.category for group in groups if group.trained}
    have = Counter((g.category, placed[g.key]) for g in groups if g.key in placed and not g.trained)
    dealt = by_category(new, options.seed)
    settled = dict.fromkeys(name for name, _ in have if name not in dealt)
    demands = {
        name: Demand(
            size=len(dealt.get(name, ())),
            have=[have[name, split] for split in SPLITS],
            # A category that holds lookups, too, has its train group already.
            keep_first=name not in lookups and not have[name, "train"],
        )
        # What is settled comes first, so that the others can make up for it.
        for name in (*settled, *dealt)
    }
    places: Places = {}
    shares = quotas(list(demands.values()), options.ratios)
    for name, share in zip(demands, shares, strict=True):
        goals = [split for split, n in zip(SPLITS, share, strict=True) for _ in range(n)]
        of_one = reversed(dealt.get(name, []))
        places.update((group.key, goal) for group, goal in zip(of_one, goals, strict=True))
    return places


def _teach_every_category(
    groups: Sequence[Group], known: Mapping[str, Split], places: Places, seed: int
) -> None:
    """Move groups to train until every category has a pattern there.

    A group is dealt out by its own category, but patterns of another may be in it, too; and what
    was trained of a category may be gone.
    """
    taught = {name for g in groups if places[g.key] == "train" for name in g.categories}
    away = [group for group in groups if places[group.key] != "train"]
    if all(group.categories <= taught for group in away):
        return
    held_out = [group for of_one in by_category(away, seed).values() for group in of_one]
    # New groups first, and then those of valid, which are less of a loss than those of test.
    held_out.sort(key=lambda group: SPLITS.index(known.get(group.key, "train")))
    for group in held_out:
        if not group.categories <= taught:
            places[group.key] = "train"
            taught |= group.categories
