"""Sketches put together what is alike, without a look at every pair."""

from __future__ import annotations

import sys

import pytest

from engram.compiler.likeness import percent, shingles
from engram.compiler.sketch import CAP, PERMUTATIONS, Sketches, bands
from engram.core.errors import EngramError

WORDS = [a + b + c for a in "bdfgklmnpr" for b in "aeiou" for c in "lmnrstv"]


def phrases(count: int) -> list[str]:
    """Texts of eight words, by twos: the second of a pair has its words in another order."""
    texts = []
    for number in range(count):
        words = [WORDS[(number * 37 + place * 61 + number * place) % 350] for place in range(8)]
        texts += [" ".join(words), " ".join([*words[3:], *words[:3], "in"])]
    return texts


def test_nearly_all_pairs_that_are_alike_are_put_together() -> None:
    texts = phrases(400)
    sets = [shingles(text) for text in texts]
    alike = {(2 * n, 2 * n + 1) for n in range(400) if percent(sets[2 * n], sets[2 * n + 1]) >= 75}
    found = set(Sketches(sets, 75).pairs())
    assert len(alike) > 390
    assert len(alike - found) <= 2
    assert len(found) < 400 * 799 // 20


def test_a_bucket_of_equals_costs_no_more_than_its_cap_and_says_what_it_skipped() -> None:
    sketches = Sketches([shingles("the same words")] * 100, 75)
    pairs = list(sketches.pairs())
    buckets = PERMUTATIONS // bands(75)
    assert len(pairs) + sketches.skipped == buckets * 100 * 99 // 2
    assert len(pairs) <= buckets * 100 * CAP
    assert sketches.skipped > 0


@pytest.mark.parametrize(("percent_", "rows"), [(1, 1), (50, 2), (75, 4), (80, 4), (90, 6)])
def test_bands_are_as_wide_as_the_likeness_allows(percent_: int, rows: int) -> None:
    assert bands(percent_) == rows


def test_bands_grow_with_the_likeness() -> None:
    assert [bands(n) for n in range(1, 101)] == sorted(bands(n) for n in range(1, 101))


def test_the_library_hashes_alike_on_every_platform() -> None:
    rensa = pytest.importorskip("rensa")
    matrix = rensa.RMinHash.digest_matrix_from_token_sets([["a", "é", "日本"]], PERMUTATIONS, 42)
    assert matrix.to_rows()[0][:4] == [3437001750, 3573896245, 3275527785, 3601661588]


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rensa", None)
    with pytest.raises(EngramError, match=r"pip install rensa==0\.5\.0"):
        Sketches([shingles("a")], 75)
