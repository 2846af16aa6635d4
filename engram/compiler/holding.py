"""Which wordings of trained patterns are held out, and where they are asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from engram.compiler.lock import Lock, Spot, name_of_form
from engram.compiler.placing import by_category
from engram.compiler.quotas import Demand, quotas
from engram.compiler.repeats import first_and_repeated
from engram.compiler.state import Group, Held, HeldOut, Phrase, State
from engram.core.build import SPLITS, Options, Split
from engram.files.canonical import ranker


class _Wording(NamedTuple):
    """A phrase, whether it is a question of its own, and what the lock says of it."""

    phrase: Phrase
    alone: bool
    spot: Spot | None


def hold_out(state: State, trained: Sequence[Group], options: Options) -> HeldOut:
    """The wordings that each trained group keeps back.

    What the lock has held out stays so. A group without any keeps back one that was never trained,
    as far as the lock knows: it does not hold what templates made of a trained pattern.
    """
    demo = {prompt for home in state.corpora for prompt in home.corpus.demo}
    held: dict[str, list[Held]] = {}
    lapsed: list[Held] = []
    lacking: dict[str, Phrase] = {}
    for group in trained:
        wordings = _wordings(group, state.lock)
        recorded: Sequence[Held] = ()
        if state.lock.lines:
            recorded = held[group.key] = list(_recorded(wordings))
            lapsed += _lapsed(wordings, recorded)
        chosen = None if recorded else _chosen(group, wordings, demo, options.seed)
        if chosen and any(options.ratios[1:]):
            lacking[group.key] = chosen
    for key, split in _shared_out(trained, held, lacking, options).items():
        held[key] = [Held.to(split, lacking[key])]
    return HeldOut([one for of_one in held.values() for one in of_one], lapsed)


def _wordings(group: Group, lock: Lock) -> Sequence[_Wording]:
    if len(group.phrases) == 1 and not lock.lines:
        return ()  # a question that is worded once is trained so, and a million of them may be
    phrases = group.phrases
    # What differs from a trained prompt in case only is no new question.
    again: Container[str] = ()
    if len({phrase.form for phrase in phrases}) < len(phrases):
        again = first_and_repeated(phrases, lambda phrase: phrase.form)[1]
    if not lock.lines:
        return [_Wording(p, p.kind != "bare" and p.form not in again, None) for p in phrases]
    return [
        _Wording(
            phrase,
            phrase.kind != "bare" and phrase.form not in again,
            lock.spots.get(name_of_form(phrase.form)),
        )
        for phrase in sorted(phrases, key=lambda phrase: phrase.prompt)
    ]


def _recorded(wordings: Iterable[_Wording]) -> Iterator[Held]:
    """The wordings that are held out already, and can be so still."""
    left = _of_each_pattern(wordings)
    for wording in wordings:
        spot, key = wording.spot, wording.phrase.entry.key
        if wording.alone and spot and spot.held and left[key] > 1:
            left[key] -= 1
            yield Held.to(spot.held, wording.phrase)


def _lapsed(wordings: Iterable[_Wording], held: Iterable[Held]) -> Iterator[Held]:
    """The wordings, each name once, that were held out and no longer can be."""
    told = {one.name for one in held}
    for wording in wordings:
        spot = wording.spot
        if spot and spot.held and (one := Held.to(spot.held, wording.phrase)).name not in told:
            told.add(one.name)
            yield one


def _chosen(group: Group, wordings: Iterable[_Wording], demo: set[str], seed: int) -> Phrase | None:
    """The wording to hold out: by its author if there is one, and not one to demonstrate."""
    left = _of_each_pattern(wordings)
    fit = [
        wording.phrase
        for wording in wordings
        if wording.alone
        and left[wording.phrase.entry.key] > 1
        and not (wording.spot and wording.spot.split == "train")
    ]
    fit = [phrase for phrase in fit if phrase.prompt not in demo] or fit
    fit = [phrase for phrase in fit if phrase.kind == "author"] or fit
    if len(fit) > 1:
        rank = ranker(seed, group.key)
        return min(fit, key=lambda phrase: rank(phrase.prompt))
    return fit[0] if fit else None


def _of_each_pattern(wordings: Iterable[_Wording]) -> dict[str, int]:
    """How many prompts each pattern has: of which nothing is trained is no trained pattern."""
    found: dict[str, int] = {}
    for wording in wordings:
        key = wording.phrase.entry.key
        found[key] = found.get(key, 0) + 1
    return found


def _shared_out(
    trained: Sequence[Group],
    held: Mapping[str, Sequence[Held]],
    lacking: Collection[str],
    options: Options,
) -> dict[str, Split]:
    """Where the groups that newly keep back a wording are asked it, by group key."""
    if not lacking:
        return {}
    asked = by_category((group for group in trained if group.key in lacking), options.seed)
    have = Counter(
        (group.category, one.split) for group in trained for one in held.get(group.key, ())
    )
    settled = dict.fromkeys(name for name, _ in have if name not in asked)
    demands = {
        name: Demand(len(asked.get(name, ())), [have[name, split] for split in SPLITS[1:]])
        for name in (*settled, *asked)
    }
    shares = quotas(list(demands.values()), options.ratios[1:])
    return {
        group.key: "test" if index < test else "valid"
        for name, (_, test) in zip(demands, shares, strict=True)
        for index, group in enumerate(asked.get(name, ()))
    }
