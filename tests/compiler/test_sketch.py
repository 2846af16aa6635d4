"""Sketches put together what is alike, without a look at every pair."""

from __future__ import annotations

import sys

import pytest

from engram.compiler import sketch
from engram.compiler.likeness import likeness, percent, shingles
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
    found = {tuple(sorted(pair[:2])) for pair in Sketches(texts, 75).pairs()}
    assert len(alike) > 390
    assert len(alike - found) <= 2
    assert len(found) < 400 * 799 // 20


def test_a_pair_is_told_once_with_its_exact_likeness() -> None:
    texts = phrases(100)
    pairs = list(Sketches(texts, 75).pairs())
    assert len({frozenset(pair[:2]) for pair in pairs}) == len(pairs)
    for one, other, shared, of in pairs:
        assert (shared, of) == likeness(shingles(texts[one]), shingles(texts[other]))


def test_what_has_its_rare_words_in_common_is_found_among_many_of_one_form() -> None:
    form = "Is the old bridge of {} in {} open to the public?"
    names = [(WORDS[n % 350], WORDS[n * 13 % 349]) for n in range(600)]
    texts = [form.format(*pair) for pair in names]
    again = [f"{form} Say so.".format(*pair) for pair in names[::60]]
    found = {tuple(sorted(pair[:2])) for pair in Sketches([*texts, *again], 75).pairs()}
    assert {(60 * n, 600 + n) for n in range(10)} <= found


def test_a_crowd_of_equals_costs_no_more_than_its_cap_and_says_what_it_skipped() -> None:
    sketches = Sketches(["the same words"] * 100, 75)
    pairs = list(sketches.pairs())
    told = 99 * CAP - CAP * (CAP - 1) // 2
    assert len(pairs) == told
    assert sketches.skipped == PERMUTATIONS // bands(75) * (100 * 99 // 2 - told)


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
        Sketches(["a"], 75)


def test_another_version_of_the_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketch, "version", lambda _: "0.4.0")
    with pytest.raises(EngramError, match=r"0\.4\.0, not 0\.5\.0"):
        Sketches(["a"], 75)
