"""Texts that may be alike, out of many: by MinHash, so that not every pair is looked at.

Each text is sketched by ``PERMUTATIONS`` hashes of its shingles, which are dealt out to bands.
Texts that agree on a whole band are put together, in the order of their rarest shingles, and each
is a candidate beside the next ``CAP`` of those: one thing said in many ways has its rare words in
common, while many things said in one way share frequent ones only.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from struct import Struct
from typing import Any, NamedTuple

from engram.compiler.likeness import mask, shingles
from engram.core.errors import EngramError

LIBRARY = "rensa"
VERSION = "0.5.0"
PERMUTATIONS = 64
SEED = 42
CAP = 4

# A pair just alike enough is put together in all but one of so many cases, one more alike in more.
ONE_MISSED_IN = 400
_RAREST = 8
_KEPT = 1 << 14
_WIDTH = 4
_CHUNK = 1 << 12
_ROW = Struct(f"<{PERMUTATIONS}I")


def bands(percent: int) -> int:
    """How many hashes make a band, for texts that are alike by so many percent to be found.

    Two texts agree on a hash with a probability equal to their Jaccard index j, and so on one band
    of r hashes at least, of b, with 1 - (1 - j^r)^b. Leskovec, Rajaraman and Ullman (2014),
    "Mining of Massive Datasets", section 3.4. The largest r is taken for which that suffices.
    """
    for rows in range(PERMUTATIONS, 1, -1):
        whole = 100**rows
        count = PERMUTATIONS // rows
        if (whole - percent**rows) ** count * ONE_MISSED_IN <= whole**count:
            return rows
    return 1


class Pair(NamedTuple):
    """Two texts, by their places, and how alike they are: ``shared`` of ``of`` shingles."""

    one: int
    other: int
    shared: int
    of: int


class Sketches:
    """The sketches of texts in their normal forms, and the pairs among them that are worth a look.

    ``skipped`` counts the pairs that the cap kept apart, in each band in which they agreed.
    """

    def __init__(self, forms: Sequence[str], percent: int) -> None:
        self._forms = forms
        self._rows = _sketch(forms)
        self._rank = _ranks(forms)
        self._order = sorted(range(len(forms)), key=self._rarest)
        self._band = bands(percent) * _WIDTH
        self.skipped = 0

    def pairs(self) -> Iterator[Pair]:
        """The pairs, each once, in an order that the texts alone decide."""

        @lru_cache(maxsize=_KEPT)
        def masked(place: int) -> tuple[int, int]:
            bits = mask(self._rank[gram] for gram in shingles(self._forms[place]))
            return bits, bits.bit_count()

        for one, other in self._candidates():
            (bits, size), (more, others) = masked(one), masked(other)
            shared = (bits & more).bit_count()
            yield Pair(one, other, shared, size + others - shared)

    def _candidates(self) -> Iterator[tuple[int, int]]:
        last = PERMUTATIONS * _WIDTH - self._band
        chains = [self._chain(start) for start in range(0, last + 1, self._band)]
        for place in self._order:
            beside: set[int] = set()
            for chain in chains:
                other = place
                for _ in range(CAP):
                    if chain[other] == other:
                        break
                    other = chain[other]
                    beside.add(other)
            for other in sorted(beside):
                yield place, other

    def _chain(self, start: int) -> array[int]:
        """For each place the next one that agrees on the band, by rarity; for the last its own."""
        chain = array("I", range(len(self._rows)))
        before = array("I", bytes(chain.itemsize * len(chain)))
        latest: dict[bytes, int] = {}
        for place in self._order:
            key = self._rows[place][start : start + self._band]
            other = latest.get(key)
            if other is not None:
                chain[other] = place
                before[place] = before[other] + 1
                self.skipped += max(before[place] - CAP, 0)
            latest[key] = place
        return chain

    def _rarest(self, place: int) -> list[int]:
        ranks = map(self._rank.__getitem__, shingles(self._forms[place]))
        return sorted(ranks, reverse=True)[:_RAREST]


def _ranks(forms: Sequence[str]) -> Mapping[str, int]:
    """The rank of each shingle in these texts; the most frequent is first."""
    count = Counter(gram for form in forms for gram in shingles(form))
    ordered = sorted(count, key=lambda gram: (-count[gram], gram))
    return {gram: rank for rank, gram in enumerate(ordered)}


def _sketch(forms: Sequence[str]) -> list[bytes]:
    """The hashes of each text, little-endian, so that they are the same everywhere."""
    rensa = _library()
    rows: list[bytes] = []
    for start in range(0, len(forms), _CHUNK):
        chunk = [list(shingles(form)) for form in forms[start : start + _CHUNK]]
        matrix = rensa.RMinHash.digest_matrix_from_token_sets(chunk, PERMUTATIONS, SEED)
        rows += [_ROW.pack(*row) for row in matrix.to_rows()]
    return rows


def _library() -> Any:
    # Of another version, hashes may differ, and with them what is found: groups would come apart.
    try:
        found = version(LIBRARY)
        import rensa  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError as error:
        raise EngramError(f"{LIBRARY} is not installed", help=_HELP) from error
    if found != VERSION:
        raise EngramError(f"{LIBRARY} is installed as {found}, not {VERSION}", help=_HELP)
    return rensa


_HELP = f"Install the very version that engram was made for: pip install {LIBRARY}=={VERSION}"
