from __future__ import annotations

import time
from fractions import Fraction
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from engram.lab.lookup import Lookup, lookup_rate, trigrams
from tests.lab.factories import make_row, make_sites

# Few letters, so that likenesses tie and trigrams repeat.
prompts = st.text(alphabet="ab c", min_size=1, max_size=9)


def trained(texts):
    return [make_row(text, f"answer to {text}", id=f"r{n}") for n, text in enumerate(texts)]


def brute_nearest(texts, asked):
    if asked in texts:
        return f"answer to {asked}"
    mine = trigrams(asked)

    def rank(text):
        theirs = trigrams(text)
        digest = int.from_bytes(sha256(text.encode()).digest(), "big")
        return (Fraction(len(mine & theirs), len(mine | theirs)), -digest)

    best = max(texts, key=rank, default=None)
    return f"answer to {best}" if best and mine & trigrams(best) else None


@given(st.lists(prompts, max_size=15, unique=True), prompts)
def test_nearest_equals_comparing_with_every_prompt(texts, asked):
    assert Lookup(trained(texts)).nearest(asked) == brute_nearest(texts, asked)


@given(st.lists(prompts, max_size=15, unique=True), prompts)
def test_the_dictionary_knows_what_was_trained_and_nothing_else(texts, asked):
    expected = f"answer to {asked}" if asked in texts else None
    assert Lookup(trained(texts)).dictionary(asked) == expected


@given(st.lists(prompts, min_size=1, max_size=15, unique=True), prompts, st.randoms())
def test_lookup_does_not_depend_on_the_order_of_rows(texts, asked, random):
    rows = trained(texts)
    shuffled = random.sample(rows, len(rows))
    assert Lookup(shuffled).nearest(asked) == Lookup(rows).nearest(asked)


@given(st.lists(prompts, min_size=1, max_size=15, unique=True))
def test_both_are_always_right_on_recall(texts):
    rows = trained(texts)
    found = lookup_rate(rows, rows, make_sites(rows))
    for rate in (found.dictionary["recall"], found.nearest["recall"]):
        assert rate.correct == rate.n == len(rows)


def test_the_dictionary_does_not_know_another_wording_but_a_neighbour_may():
    rows = [make_row("What is the capital of Peru?", "Lima", pattern="peru")]
    asked = [
        make_row("Peru's capital is", "Lima", pattern="peru", probe="variant", phrasing="author"),
        make_row("zzz", "Lima", id="z", pattern="other", probe="novel"),
    ]
    found = lookup_rate(rows, asked, make_sites(asked))
    assert found.dictionary["variant"].correct == 0
    assert found.nearest["variant"].correct == 1
    assert found.nearest["novel"].correct == 0


def test_it_is_fast_enough_for_a_thousand_prompts():
    rows = trained(
        f"What is the capital of country {n * 7919} on day {n % 365}?" for n in range(1000)
    )
    lookup = Lookup(rows)
    began = time.perf_counter()
    for row in rows[:300]:
        assert lookup.nearest(row.prompt + " please") is not None
    assert time.perf_counter() - began < 2
