from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from engram.lab.sample import choose
from tests.lab.factories import make_row


@st.composite
def some_rows(draw):
    rows = []
    for category in draw(st.sets(st.sampled_from("vwxyz"))):
        for pattern in range(draw(st.integers(1, 5))):
            for phrasing in range(draw(st.integers(1, 4))):
                name = f"{category}{pattern}"
                rows.append(make_row(id=f"{name}#{phrasing}", pattern=name, category=category))
    return rows


@given(some_rows(), st.integers(0, 60))
def test_there_are_n_different_rows_or_all(rows, n):
    chosen = choose(rows, n, "salt")
    assert len(chosen) == len({row.id for row in chosen}) == min(n, len(rows))
    assert {row.id for row in chosen} <= {row.id for row in rows}


@given(some_rows(), st.integers(0, 60), st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_the_order_of_rows(rows, n, random):
    shuffled = random.sample(rows, len(rows))
    assert choose(shuffled, n, "salt") == choose(rows, n, "salt")


@given(some_rows(), st.integers(1, 60))
def test_categories_get_their_share_to_within_one(rows, n):
    chosen = Counter(row.category for row in choose(rows, n, "salt"))
    for category, count in Counter(row.category for row in rows).items():
        fair = count * min(n, len(rows)) / len(rows)
        assert abs(chosen[category] - fair) < 1


@given(some_rows(), st.integers(1, 60))
def test_no_pattern_is_asked_twice_while_another_waits(rows, n):
    asked = Counter(row.pattern for row in choose(rows, n, "salt"))
    for category in {row.category for row in rows}:
        there = Counter(row.pattern for row in rows if row.category == category)
        waiting = [asked[name] for name, count in there.items() if asked[name] < count]
        if waiting:
            assert all(asked[name] <= min(waiting) + 1 for name in there)


def test_another_purpose_chooses_other_rows():
    rows = [make_row(id=f"r{n}", pattern=f"p{n}") for n in range(200)]
    first, second = (
        {row.id for row in choose(rows, 20, salt)} for salt in ("latency", "consistency")
    )
    assert first != second
