"""Pass 4: patterns that must share a split become groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engram.compiler.clashes import nearly_equal
from engram.compiler.normal import normal_form
from engram.compiler.state import Entry, Group, Phrase, State
from engram.core.build import Options
from engram.core.finding import Finding


def group(state: State, _options: Options) -> tuple[State, list[Finding]]:
    """The state with its groups: patterns of one key, or with prompts of one normal form."""
    keys = sorted({entry.key for entry in state.entries})
    sets = Sets(keys)
    by_form: dict[str, list[Phrase]] = {}
    for phrase in state.phrases:
        by_form.setdefault(normal_form(phrase.prompt), []).append(phrase)
    alike = [tuple(phrase.entry.key for phrase in same) for same in by_form.values()]
    for first, *others in (*state.bound, *state.sharing, *alike):
        for other in others:
            sets.join(first, other)
    groups = _groups(state, sets)
    return replace(state, groups=groups), list(nearly_equal(by_form.values()))


class Sets:
    """Disjoint sets of keys; the smallest key of a set stands for it (union-find)."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._parent = {key: key for key in keys}

    def find(self, key: str) -> str:
        """The smallest key of the set that holds ``key``."""
        root = key
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[key] != root:
            self._parent[key], key = root, self._parent[key]
        return root

    def join(self, one: str, other: str) -> None:
        """Make one set of the sets of two keys."""
        low, high = sorted((self.find(one), self.find(other)))
        self._parent[high] = low


def _groups(state: State, sets: Sets) -> tuple[Group, ...]:
    entries: dict[str, list[Entry]] = {}
    phrases: dict[str, list[Phrase]] = {}
    for entry in state.entries:
        entries.setdefault(sets.find(entry.key), []).append(entry)
    for phrase in state.phrases:
        phrases.setdefault(sets.find(phrase.entry.key), []).append(phrase)
    return tuple(_group(key, entries[key], phrases[key]) for key in sorted(entries))


def _group(key: str, entries: list[Entry], phrases: list[Phrase]) -> Group:
    smallest = min(phrases, key=lambda phrase: (phrase.entry.key, phrase.prompt)).entry
    return Group(
        key=key,
        category=smallest.pattern.category,
        trained=any(entry.home.corpus.holdout == "variant" for entry in entries),
        entries=tuple(entries),
        phrases=tuple(phrases),
    )
