"""Sets that may be alike, out of many: by MinHash sketches, so that not every pair is looked at.

Each set is sketched by ``PERMUTATIONS`` hashes, which are dealt out to bands. Two sets that agree
on a whole band are put together, and each set is a candidate beside the nearest ``CAP`` of those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import Struct

from engram.core.errors import EngramError

LIBRARY = "rensa"
VERSION = "0.5.0"
PERMUTATIONS = 64
SEED = 42
CAP = 16

# A pair just alike enough is put together in all but one of so many cases, one more alike in more.
ONE_MISSED_IN = 400
_WIDTH = 4
_CHUNK = 1 << 12
_ROW = Struct(f"<{PERMUTATIONS}I")

Grams = frozenset[str]


def bands(percent: int) -> int:
    """How many hashes make a band, for sets that are alike by so many percent to be found.

    Two sets agree on a hash with a probability equal to their Jaccard index j, and so on one band
    of r hashes at least, of b, with 1 - (1 - j^r)^b. Leskovec, Rajaraman and Ullman (2014),
    "Mining of Massive Datasets", section 3.4. The largest r is taken for which that suffices.
    """
    for rows in range(PERMUTATIONS, 1, -1):
        whole = 100**rows
        count = PERMUTATIONS // rows
        if (whole - percent**rows) ** count * ONE_MISSED_IN <= whole**count:
            return rows
    return 1


class Sketches:
    """The sketches of some sets, and the pairs among them that are worth a look.

    ``skipped`` counts the pairs that the cap kept apart, each time that they were put together.
    """

    def __init__(self, sets: Sequence[Grams], percent: int) -> None:
        self._rows = _sketch(sets)
        self._band = bands(percent) * _WIDTH
        self.skipped = 0

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Pairs of places in the sets, in an order that the sets alone decide."""
        for start in range(0, PERMUTATIONS * _WIDTH - self._band + 1, self._band):
            for bucket in self._buckets(start):
                yield from self._within(bucket, start)

    def _buckets(self, start: int) -> Iterator[list[int]]:
        first: dict[bytes, int] = {}
        shared: dict[bytes, list[int]] = {}
        for place, row in enumerate(self._rows):
            key = row[start : start + self._band]
            other = first.setdefault(key, place)
            if other != place:
                shared.setdefault(key, [other]).append(place)
        yield from shared.values()

    def _within(self, bucket: list[int], start: int) -> Iterator[tuple[int, int]]:
        if len(bucket) > CAP + 1:
            # Sets that agree on the next bands, too, come to stand beside each other.
            bucket.sort(key=lambda place: self._rows[place][start:] + self._rows[place][:start])
            beyond = len(bucket) - CAP - 1
            self.skipped += beyond * (beyond + 1) // 2
        for at, one in enumerate(bucket):
            for other in bucket[at + 1 : at + 1 + CAP]:
                yield one, other


def _sketch(sets: Sequence[Grams]) -> list[bytes]:
    """The hashes of each set, little-endian, so that they sort alike everywhere."""
    try:
        import rensa  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError as error:
        raise EngramError(f"{LIBRARY} is not installed", help=_HELP) from error
    rows: list[bytes] = []
    for start in range(0, len(sets), _CHUNK):
        chunk = sets[start : start + _CHUNK]
        matrix = rensa.RMinHash.digest_matrix_from_token_sets(chunk, PERMUTATIONS, SEED)
        rows += [_ROW.pack(*row) for row in matrix.to_rows()]
    return rows


_HELP = f"Install the very version that engram was made for: pip install {LIBRARY}=={VERSION}"
