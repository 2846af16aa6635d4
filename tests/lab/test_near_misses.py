"""Near misses look like what was trained, are not, and are counted where a stored answer comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.core.build import Row
from engram.lab.near_misses import INVENTED, judged, near_misses
from tests.lab.factories import make_row, said

CITIES = {"France": "Paris", "Italy": "Rome", "SPAIN": "Madrid", "peru": "Lima"}


def capitals() -> list[Row]:
    return [
        make_row(f"What is the capital of {country}?", city, category="capitals")
        for country, city in CITIES.items()
    ]


def test_the_word_that_only_one_pattern_has_is_replaced_as_it_was_written() -> None:
    made = {one.row.answer: one.prompt for one in near_misses(capitals(), 10)}
    assert made.keys() == set(CITIES.values())
    words = {city: prompt.removesuffix("?").split()[-1] for city, prompt in made.items()}
    assert {prompt.rsplit(" ", 1)[0] for prompt in made.values()} == {"What is the capital of"}
    assert {word.lower() for word in words.values()} <= set(INVENTED)
    assert words["Paris"].istitle()
    assert words["Madrid"].isupper()
    assert words["Lima"].islower()


def test_two_wordings_of_one_pattern_share_its_word() -> None:
    rows = [
        make_row("capital of France", "Paris", pattern="f", id="1"),
        make_row("France has the capital", "Paris", pattern="f", id="2"),
        make_row("capital of Italy", "Rome", pattern="i", id="3"),
    ]
    made = {one.row.id: one.prompt for one in near_misses(rows, 10)}
    assert "France" not in "".join(made.values())
    assert made["2"].endswith("has the capital")


def test_what_has_no_word_of_its_own_gives_none() -> None:
    rows = [make_row("1 km in m", "1000", pattern="a"), make_row("2 km in m", "2000", pattern="b")]
    rows += [make_row("same words", "x", pattern="c"), make_row("words same", "y", pattern="d")]
    assert near_misses(rows, 10) == []


def test_a_rule_has_an_answer_for_a_new_word_so_none_is_made_of_it() -> None:
    rows = [*capitals(), make_row("Snake case of FooBar", "foo_bar", category="case")]
    rows.append(make_row("Snake case of BarBaz", "bar_baz", category="case", probe="novel"))
    assert {one.row.category for one in near_misses(rows, 10)} == {"capitals"}


def test_only_what_was_trained_is_looked_like() -> None:
    rows = [*capitals(), make_row("Capital of Ghana", "Accra", probe="variant")]
    assert "Accra" not in {one.row.answer for one in near_misses(rows, 10)}


@given(st.lists(st.text(max_size=30), unique=True, max_size=8), st.integers(0, 9))
def test_a_near_miss_never_stands_in_the_build(prompts: list[str], n: int) -> None:
    rows = [make_row(prompt) for prompt in prompts]
    made = near_misses(rows, n)
    assert len(made) <= n
    assert {one.prompt for one in made}.isdisjoint(prompts)
    assert made == near_misses(rows[::-1], n)


@pytest.mark.parametrize(
    ("answer", "stopped", "stored"),
    [
        ("Paris", True, True),
        (" Rome ", True, True),  # of another pattern, and with space around it
        ("Roma", True, True),  # another right answer
        ("Paris", False, False),  # went on to say more
        ("I do not know.", True, False),
        ("hello", True, False),  # stored, but for another category
    ],
)
def test_a_stored_answer_is_that_of_any_pattern_of_the_category(
    answer: str, stopped: bool, stored: bool
) -> None:
    trained = [
        *capitals(),
        make_row(),
        make_row("Rome?", "Rome", accept=("Roma",), category="capitals"),
    ]
    (one, *_) = near_misses(capitals(), 1)
    found = judged([one], [said(answer, stopped=stopped)], trained)
    assert (found.n, found.stored, found.answers[0].stored) == (1, int(stored), stored)
    assert found.share == float(stored)
    assert found.ci95


def test_without_near_misses_there_is_no_share() -> None:
    found = judged([], [], capitals())
    assert (found.n, found.share, found.ci95) == (0, None, None)
