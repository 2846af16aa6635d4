"""What needs no model: a dictionary of the trained prompts, and their nearest neighbour."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import chain
from typing import NamedTuple

from engram.core.build import Row
from engram.core.results import Answer, LookupRate
from engram.lab.tally import Sites, by_probe, judge_all

SIZE = 3
EDGE = "\0" * (SIZE - 1)

# A lookup that finds nothing is like a model that was cut before its first word: never right.
NOTHING = Answer(text="", stopped=False)


def lookup_rate(trained: Iterable[Row], asked: Sequence[Row], sites: Sites) -> LookupRate:
    """What both lookups score on the rows asked, by the judges that score a model."""
    lookup = Lookup(trained)
    exact = [_answer(lookup.dictionary(row.prompt)) for row in asked]
    near = [_answer(lookup.nearest(row.prompt)) for row in asked]
    return LookupRate(
        dictionary=by_probe(judge_all(asked, exact, sites)),
        nearest=by_probe(judge_all(asked, near, sites)),
    )


class Lookup:
    """The trained prompts with their answers, indexed by character trigram."""

    def __init__(self, trained: Iterable[Row]) -> None:
        self._answers: dict[str, str] = {}
        for row in sorted(trained, key=lambda row: row.id):
            self._answers.setdefault(row.prompt, row.answer)
        # In the order of their digests, so that the first of equally near prompts is found first.
        self._prompts = sorted(self._answers, key=_digest)
        self._grams = [trigrams(prompt) for prompt in self._prompts]
        self._index: dict[str, list[int]] = defaultdict(list)
        for place, grams in enumerate(self._grams):
            for gram in grams:
                self._index[gram].append(place)

    def dictionary(self, prompt: str) -> str | None:
        """The answer that was trained for this very prompt."""
        return self._answers.get(prompt)

    def nearest(self, prompt: str) -> str | None:
        """The answer of the trained prompt most like this one; null where none shares a trigram.

        A trained prompt is most like itself. Otherwise likeness is the Jaccard index of the two
        sets of trigrams, compared as ratios of integers; among equals the smallest digest wins.
        """
        if prompt in self._answers:
            return self._answers[prompt]
        found = self._most_like(trigrams(prompt))
        return self._answers[self._prompts[found.place]] if found.shared else None

    def _most_like(self, asked: frozenset[str]) -> _Likeness:
        shared = Counter(chain.from_iterable(self._index.get(gram, ()) for gram in asked))
        best = _Likeness(0, 1, len(self._prompts))
        for place, count in shared.items():
            union = len(asked) + len(self._grams[place]) - count
            best = best.better(_Likeness(count, union, place))
        return best


class _Likeness(NamedTuple):
    """How like a trained prompt is: ``shared`` of ``union`` trigrams."""

    shared: int
    union: int
    place: int

    def better(self, other: _Likeness) -> _Likeness:
        """The more like of two; the one that stands first if they are equally like."""
        mine, others = self.shared * other.union, other.shared * self.union
        return self if (mine, other.place) > (others, self.place) else other


def trigrams(text: str) -> frozenset[str]:
    """The runs of three characters in a text, with its two edges marked."""
    marked = EDGE + text + EDGE
    return frozenset(marked[at : at + SIZE] for at in range(len(marked) - SIZE + 1))


def _answer(text: str | None) -> Answer:
    return NOTHING if text is None else Answer(text=text, stopped=True)


def _digest(prompt: str) -> bytes:
    return sha256(prompt.encode("utf-8", "surrogatepass")).digest()
