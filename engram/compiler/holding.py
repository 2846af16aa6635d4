"""Which wordings of trained patterns are held out, and where they are asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engram.compiler.lock import Lock, Spot, name_of
from engram.compiler.normal import normal_form
from engram.compiler.placing import by_category
from engram.compiler.quotas import Demand, quotas
from engram.compiler.state import Group, Phrase, State
from engram.core.build import SPLITS, Options, Split
from engram.files.canonical import rank_of


@dataclass(frozen=True, slots=True)
class Held:
    """A wording that is held out, where it is asked, and its name in the lock."""

    phrase: Phrase
    split: Split
    name: str


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The wordings held out; and those that were, but must be trained now."""

    held: Sequence[Held]
    lapsed: Sequence[Held]


@dataclass(frozen=True, slots=True)
class _Wording:
    """A phrase, whether it is a question of its own, and what the lock says of its name."""

    phrase: Phrase
    name: str
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
    lacking: dict[str, _Wording] = {}
    for group in trained:
        wordings = list(_wordings(group, state.lock))
        held[group.key] = list(_recorded(wordings))
        lapsed += _lapsed(wordings, held[group.key])
        chosen = None if held[group.key] else _chosen(group, wordings, demo, options.seed)
        if chosen and any(options.ratios[1:]):
            lacking[group.key] = chosen
    for key, split in _shared_out(trained, held, lacking, options).items():
        held[key] = [_held(lacking[key], split)]
    return HeldOut([one for of_one in held.values() for one in of_one], lapsed)


def _wordings(group: Group, lock: Lock) -> Iterator[_Wording]:
    # What differs from a trained prompt in case only is no new question.
    forms = Counter(normal_form(phrase.prompt) for phrase in group.phrases)
    for phrase in sorted(group.phrases, key=lambda phrase: phrase.prompt):
        alone = phrase.kind != "bare" and forms[normal_form(phrase.prompt)] == 1
        name = name_of(phrase.prompt)
        yield _Wording(phrase, name, alone, lock.spots.get(name))


def _recorded(wordings: Iterable[_Wording]) -> Iterator[Held]:
    """The wordings that are held out already, and can be so still."""
    left = _of_each_pattern(wordings)
    for wording in wordings:
        spot, key = wording.spot, wording.phrase.entry.key
        if wording.alone and spot and spot.held and left[key] > 1:
            left[key] -= 1
            yield _held(wording, spot.held)


def _lapsed(wordings: Iterable[_Wording], held: Iterable[Held]) -> Iterator[Held]:
    """The wordings, each name once, that were held out and no longer can be."""
    told = {one.name for one in held}
    for wording in wordings:
        if wording.spot and wording.spot.held and wording.name not in told:
            told.add(wording.name)
            yield _held(wording, wording.spot.held)


def _held(wording: _Wording, split: Split) -> Held:
    return Held(wording.phrase, split, wording.name)


def _chosen(
    group: Group, wordings: Iterable[_Wording], demo: set[str], seed: int
) -> _Wording | None:
    """The wording to hold out: by its author if there is one, and not one to demonstrate."""
    left = _of_each_pattern(wordings)
    return min(
        (
            wording
            for wording in wordings
            if wording.alone
            and left[wording.phrase.entry.key] > 1
            and not (wording.spot and wording.spot.split == "train")
        ),
        key=lambda wording: (
            wording.phrase.prompt in demo,
            wording.phrase.kind != "author",
            rank_of(seed, group.key, wording.phrase.prompt),
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
