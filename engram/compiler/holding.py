"""Which wordings of trained patterns are held out, and where they are asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engram.compiler.lock import Lock, Spot, name_of, name_of_form
from engram.compiler.normal import normal_form
from engram.compiler.placing import by_category
from engram.compiler.quotas import Demand, quotas
from engram.compiler.state import Group, Phrase, State
from engram.core.build import SPLITS, Options, Split
from engram.files.canonical import rank_of


@dataclass(frozen=True, slots=True)
class Held:
    """A wording that is held out, and where it is asked."""

    phrase: Phrase
    split: Split

    @property
    def name(self) -> str:
        """The name of the wording in the lock."""
        return name_of(self.phrase.prompt)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The wordings held out; and those that were, but must be trained now."""

    held: Sequence[Held]
    lapsed: Sequence[Held]


@dataclass(frozen=True, slots=True)
class _Wording:
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
        wordings = list(_wordings(group, state.lock))
        held[group.key] = list(_recorded(wordings))
        lapsed += _lapsed(wordings, held[group.key])
        chosen = None if held[group.key] else _chosen(group, wordings, demo, options.seed)
        if chosen and any(options.ratios[1:]):
            lacking[group.key] = chosen
    for key, split in _shared_out(trained, held, lacking, options).items():
        held[key] = [Held(lacking[key], split)]
    return HeldOut([one for of_one in held.values() for one in of_one], lapsed)


def _wordings(group: Group, lock: Lock) -> Iterator[_Wording]:
    # What differs from a trained prompt in case only is no new question.
    phrases = sorted(group.phrases, key=lambda phrase: phrase.prompt)
    forms = [normal_form(phrase.prompt) for phrase in phrases]
    times = Counter(forms)
    for phrase, form in zip(phrases, forms, strict=True):
        alone = phrase.kind != "bare" and times[form] == 1
        spot = lock.spots.get(name_of_form(form)) if lock.lines else None
        yield _Wording(phrase, alone, spot)


def _recorded(wordings: Iterable[_Wording]) -> Iterator[Held]:
    """The wordings that are held out already, and can be so still."""
    left = _of_each_pattern(wordings)
    for wording in wordings:
        spot, key = wording.spot, wording.phrase.entry.key
        if wording.alone and spot and spot.held and left[key] > 1:
            left[key] -= 1
            yield Held(wording.phrase, spot.held)


def _lapsed(wordings: Iterable[_Wording], held: Iterable[Held]) -> Iterator[Held]:
    """The wordings, each name once, that were held out and no longer can be."""
    told = {one.name for one in held}
    for wording in wordings:
        spot = wording.spot
        if spot and spot.held and (one := Held(wording.phrase, spot.held)).name not in told:
            told.add(one.name)
            yield one


def _chosen(group: Group, wordings: Iterable[_Wording], demo: set[str], seed: int) -> Phrase | None:
    """The wording to hold out: by its author if there is one, and not one to demonstrate."""
    left = _of_each_pattern(wordings)
    return min(
        (
            wording.phrase
            for wording in wordings
            if wording.alone
            and left[wording.phrase.entry.key] > 1
            and not (wording.spot and wording.spot.split == "train")
        ),
        key=lambda phrase: (
            phrase.prompt in demo,
            phrase.kind != "author",
            rank_of(seed, group.key, phrase.prompt),
        ),
        default=None,
    )


def _of_each_pattern(wordings: Iterable[_Wording]) -> Counter[str]:
    """How many prompts each pattern has: of which nothing is trained is no trained pattern."""
    return Counter(wording.phrase.entry.key for wording in wordings)


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
    have = Counter((group.category, one.split) for group in trained for one in held[group.key])
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
