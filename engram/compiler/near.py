"""Near-duplicates: patterns with prompts that are alike, and so no test of each other.

Prompts are as alike as their sets of shingles are (``likeness``). What shares a group by default is
a question worded twice: alike, with an equal answer, and about the same numbers. Prompts that are
alike with different answers, or numbers, are instances of a rule, and may be split.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from engram.compiler.likeness import likeness, numbers, shingles
from engram.compiler.normal import normal_form
from engram.compiler.sketch import CAP, LIBRARY, PERMUTATIONS, VERSION, Sketches
from engram.compiler.state import CheckedCorpus, Phrase
from engram.compiler.ties import Edge, Sets
from engram.core.build import NearRule, NearSearch
from engram.core.corpus import Pattern

# Up to so many prompts, to compare each with each costs less than to sketch them.
FEW = 64
METHOD = (
    "inputs and wordings by authors, by the Jaccard index of the sets of runs of three characters "
    "in the words of their normal forms, in whole percent; under same_answer those with an answer "
    f"in common and equal numbers; all pairs of up to {FEW}, of more those that MinHash puts "
    "together"
)

Forms = Mapping[str, Sequence[Phrase]]


class _Prompt(NamedTuple):
    form: str
    key: str
    percent: int


def join_near(forms: Forms, corpora: Iterable[CheckedCorpus], sets: Sets) -> NearSearch:
    """How near-duplicates were looked for; those that were found are joined in ``sets``.

    ``forms`` holds all prompts by their normal forms. Two corpora must both allow what joins their
    patterns: the higher of two percentages counts, and ``any`` only if both say it.
    """
    skipped = 0
    for alike in _classes(forms):
        skipped += _join_within(alike, sets)
    return NearSearch(
        method=METHOD,
        library=f"{LIBRARY} {VERSION}",
        permutations=PERMUTATIONS,
        cap=CAP,
        skipped=skipped,
        rules=_rules(corpora),
    )


def _classes(forms: Forms) -> Iterator[list[_Prompt]]:
    """Prompts by what they must have in common to be near-duplicates at all."""
    asked = [
        phrase
        for phrases in forms.values()
        for phrase in phrases
        if phrase.kind != "template" and phrase.entry.home.corpus.near_duplicates != "off"
    ]
    by_answer: dict[str, list[Phrase]] = {}
    for phrase in asked:
        for answer in _answers(phrase.entry.pattern):
            by_answer.setdefault(answer, []).append(phrase)
    classes: dict[tuple[str, ...], list[_Prompt]] = {}
    for answer, phrases in by_answer.items():
        for phrase in phrases if len(phrases) > 1 else ():
            classes.setdefault((answer, *numbers(phrase.form)), []).append(_prompt(phrase))
    # What ties a group together must not depend on the order in which prompts were met.
    shared = sorted(common for common, alike in classes.items() if len(alike) > 1)
    yield from (sorted(classes[common]) for common in shared)
    yield sorted(_prompt(p) for p in asked if p.entry.home.corpus.near_duplicates == "any")


def _prompt(phrase: Phrase) -> _Prompt:
    return _Prompt(phrase.form, phrase.entry.key, phrase.entry.home.corpus.near_percent)


def _answers(pattern: Pattern) -> Collection[str]:
    # Under `match: regex`, what `accept` holds are expressions and not answers.
    if pattern.match == "regex" or not pattern.accept:
        return (normal_form(pattern.output),)
    return {normal_form(answer) for answer in (pattern.output, *pattern.accept)}


def _join_within(alike: Sequence[_Prompt], sets: Sets) -> int:
    """How many pairs of these prompts were not looked at; what is near of the others is joined."""
    if len(alike) <= FEW:
        for one, other in combinations(alike, 2):
            if sets.find(one.key) != sets.find(other.key):
                _join_if_near(one, other, likeness(shingles(one.form), shingles(other.form)), sets)
        return 0
    forms = [prompt.form for prompt in alike]
    sketches = Sketches(forms, min(prompt.percent for prompt in alike))
    for pair in sketches.pairs():
        _join_if_near(alike[pair.one], alike[pair.other], (pair.shared, pair.of), sets)
    return sketches.skipped


def _join_if_near(one: _Prompt, other: _Prompt, ratio: tuple[int, int], sets: Sets) -> None:
    shared, of = ratio
    if shared * 100 >= max(one.percent, other.percent) * of > 0:
        sets.join(Edge(one.key, other.key, "near", shared * 100 // of))


def _rules(corpora: Iterable[CheckedCorpus]) -> tuple[NearRule, ...]:
    found = {
        (home.corpus.name, home.corpus.near_duplicates, home.corpus.near_percent)
        for home in corpora
    }
    return tuple(
        NearRule(corpus=name, near_duplicates=policy, near_percent=percent)
        for name, policy, percent in sorted(found)
    )
