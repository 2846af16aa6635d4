"""Pass 5: every group gets a split, and every prompt the question that it asks there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from engram.compiler.coverage import untested
from engram.compiler.normal import normal_form
from engram.compiler.quotas import quotas
from engram.compiler.state import Group, Phrase, Seat, State
from engram.core.build import Options, Split
from engram.core.finding import Finding
from engram.files.canonical import rank_of

HeldOut = Mapping[str, tuple[Split, Phrase]]


def split(state: State, options: Options) -> tuple[State, list[Finding]]:
    """The state with a place for every group and a seat for every prompt that is asked."""
    places = _places(state.groups, options)
    trained = [group for group in state.groups if places[group.key] == "train"]
    held_out = _held_out(state, trained, options)
    seats = tuple(
        seat for group in state.groups for seat in _seats(group, places[group.key], held_out)
    )
    state = replace(state, places=places, seats=seats)
    return state, list(untested(state.groups, seats, options))


def _seats(group: Group, place: Split, held_out: HeldOut) -> Iterator[Seat]:
    """The seats of a group: all of a trained one, only the bare prompts of a held-out one."""
    if place != "train":
        for phrase in group.phrases:
            if phrase.kind == "bare":
                yield Seat(phrase, place, "novel")
        return
    away = held_out.get(group.key)
    for phrase in group.phrases:
        if away and phrase is away[1]:
            yield Seat(phrase, away[0], "variant")
        else:
            yield Seat(phrase, "train", "recall")


def _places(groups: Sequence[Group], options: Options) -> dict[str, Split]:
    """The split of every group, by key: lookups are trained, rules are dealt out by category."""
    places: dict[str, Split] = {group.key: "train" for group in groups}
    dealt = _by_category((group for group in groups if not group.trained), options.seed)
    taught = {group.category for group in groups if group.trained}
    for keep_first in (True, False):
        # A category that holds lookups, too, has its train group already.
        chosen = [of_one for name, of_one in dealt.items() if (name not in taught) is keep_first]
        shares = quotas([len(of_one) for of_one in chosen], options.ratios, keep_first=keep_first)
        for of_one, (_, valid, test) in zip(chosen, shares, strict=True):
            places.update((group.key, "test") for group in of_one[:test])
            places.update((group.key, "valid") for group in of_one[test : test + valid])
    _teach_every_category(groups, dealt, places)
    return places


def _teach_every_category(
    groups: Sequence[Group], dealt: Mapping[str, list[Group]], places: dict[str, Split]
) -> None:
    """Move groups to train until every category has a pattern there.

    A group is dealt out by its own category, but patterns of another may be in it, too.
    """
    taught = {
        name for group in groups if places[group.key] == "train" for name in _categories(group)
    }
    for of_one in dealt.values():
        for group in of_one:
            if not _categories(group) <= taught:
                places[group.key] = "train"
                taught |= _categories(group)


def _categories(group: Group) -> set[str]:
    return {phrase.entry.pattern.category for phrase in group.phrases}


def _held_out(state: State, trained: Iterable[Group], options: Options) -> HeldOut:
    """The phrasing that each trained group keeps back, and the split it goes to, by group key."""
    _, *parts = options.ratios
    if not any(parts):
        return {}
    demo = {prompt for home in state.corpora for prompt in home.corpus.demo}
    kept = {group.key: _kept_back(group, demo, options.seed) for group in trained}
    asked = _by_category((group for group in trained if kept[group.key]), options.seed)
    shares = quotas([len(of_one) for of_one in asked.values()], parts, keep_first=False)
    result: dict[str, tuple[Split, Phrase]] = {}
    for of_one, (_, test) in zip(asked.values(), shares, strict=True):
        for index, group in enumerate(of_one):
            phrase = kept[group.key]
            if phrase:
                result[group.key] = ("test" if index < test else "valid", phrase)
    return result


def _kept_back(group: Group, demo: set[str], seed: int) -> Phrase | None:
    """The phrasing to hold out: by its author if there is one, and not one to demonstrate."""
    # What differs from a trained prompt in case only is no new question, and a pattern of which
    # nothing is trained is no trained pattern.
    forms = Counter(normal_form(phrase.prompt) for phrase in group.phrases)
    keys = Counter(phrase.entry.key for phrase in group.phrases)
    candidates = [
        phrase
        for phrase in group.phrases
        if phrase.kind != "bare"
        and forms[normal_form(phrase.prompt)] == 1
        and keys[phrase.entry.key] > 1
    ]
    return min(
        candidates,
        key=lambda phrase: (
            phrase.prompt in demo,
            phrase.kind != "author",
            rank_of(seed, group.key, phrase.prompt),
        ),
        default=None,
    )


def _by_category(groups: Iterable[Group], seed: int) -> dict[str, list[Group]]:
    """Groups by category, both in an order that only the seed decides."""
    found: dict[str, list[Group]] = {}
    for group in sorted(groups, key=lambda group: rank_of(seed, group.key)):
        found.setdefault(group.category, []).append(group)
    return {name: found[name] for name in sorted(found, key=lambda name: rank_of(seed, name))}
