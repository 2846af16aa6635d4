"""Pass 5: patterns that must share a split become groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from engram.compiler.clashes import nearly_equal
from engram.compiler.coverage import swallowed
from engram.compiler.near import join_near
from engram.compiler.state import Entry, Group, Phrase, State
from engram.compiler.ties import Sets, ties
from engram.core.build import Options
from engram.core.finding import Finding


def group(state: State, _options: Options) -> tuple[State, list[Finding]]:
    """The state with its groups: patterns with equal prompts, or nearly equal ones."""
    sets = Sets(sorted({entry.key for entry in state.entries}))
    forms = _by_form(state.phrases)
    sets.join_all(state.bound, "row")
    sets.join_all(state.sharing, "prompt")
    sets.join_all(
        ([phrase.entry.key for phrase in same] for same in forms.values() if len(same) > 1), "form"
    )
    search = join_near(forms, state.corpora, sets)
    groups = _groups(state, sets)
    findings = [*nearly_equal(forms.values()), *swallowed(groups)]
    return replace(state, groups=groups, ties=ties(sets), search=search), findings


def _by_form(phrases: Sequence[Phrase]) -> Mapping[str, Sequence[Phrase]]:
    found: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        found.setdefault(phrase.form, []).append(phrase)
    return found


@lru_cache(maxsize=1 << 12)
def _together(*categories: str) -> frozenset[str]:
    # Many groups have the same, and share it.
    return frozenset(categories)


def _groups(state: State, sets: Sets) -> tuple[Group, ...]:
    entries: dict[str, list[Entry]] = {}
    phrases: dict[str, list[Phrase]] = {}
    roots = {entry.key: sets.find(entry.key) for entry in state.entries}
    for entry in state.entries:
        entries.setdefault(roots[entry.key], []).append(entry)
    for phrase in state.phrases:
        phrases.setdefault(roots[phrase.entry.key], []).append(phrase)
    return tuple(_group(key, entries[key], phrases[key]) for key in sorted(entries))


def _group(key: str, entries: list[Entry], phrases: list[Phrase]) -> Group:
    # Who speaks for a pattern is in its prompts; for one without copies it is the pattern itself.
    asked = entries if len(entries) == 1 else [phrase.entry for phrase in phrases]
    smallest = asked[0] if len(asked) == 1 else min(asked, key=lambda entry: entry.key)
    return Group(
        key=key,
        category=smallest.pattern.category,
        categories=_together(*{entry.pattern.category for entry in asked}),
        trained="variant" in [entry.home.corpus.holdout for entry in entries],
        entries=tuple(entries),
        phrases=tuple(phrases),
    )
