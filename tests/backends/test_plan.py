"""Planning is pure: every row is trained once an epoch, in an order that any machine repeats."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.backends.base import Encoded
from engram.backends.plan import Schedule, by_length, by_positions, common_prefix, epoch_batches
from engram.backends.review import SURE, Review
from engram.lab.presets import recipe

TOKENS = st.lists(st.integers(0, 3), min_size=1, max_size=8).map(tuple)
ROWS = st.lists(st.builds(Encoded, TOKENS, TOKENS), min_size=1, max_size=40)


@given(ROWS, st.integers(1, 9), st.integers(), st.integers(0, 5), st.sets(st.integers(0, 40)))
def test_an_epoch_trains_every_row_that_is_due_once(
    rows: list[Encoded], size: int, seed: int, epoch: int, due: set[int]
) -> None:
    chosen = sorted(due & set(range(len(rows))))
    batches = epoch_batches(rows, chosen, size, seed, epoch)
    assert sorted(index for batch in batches for index in batch) == chosen
    assert all(1 <= len(batch) <= size for batch in batches)
    assert len(batches) == -(-len(chosen) // size)


@given(ROWS, st.integers(1, 9), st.integers(), st.integers(0, 5))
def test_batches_hold_rows_of_like_length(
    rows: list[Encoded], size: int, seed: int, epoch: int
) -> None:
    batches = epoch_batches(rows, range(len(rows)), size, seed, epoch)
    spans = sorted(
        (min(len(rows[i]) for i in batch), max(len(rows[i]) for i in batch)) for batch in batches
    )
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_the_order_of_an_epoch_does_not_depend_on_the_machine() -> None:
    rows = [Encoded((1, 2), (3,)) for _ in range(6)]
    first, second = (epoch_batches(rows, range(6), 2, seed=42, epoch=epoch) for epoch in (0, 1))
    assert first == [[5, 0], [3, 2], [4, 1]]
    assert second != first


@given(st.lists(TOKENS, min_size=1, max_size=6))
def test_the_common_prefix_is_the_longest_that_leaves_every_prompt_a_token(
    prompts: list[tuple[int, ...]],
) -> None:
    length = common_prefix(prompts)
    longest = 0
    while all(len(p) > longest + 1 and p[longest] == prompts[0][longest] for p in prompts):
        longest += 1
    assert length == longest


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(1, 9))
def test_batches_by_length_hold_every_row_longest_first(lengths: list[int], size: int) -> None:
    order = [index for batch in by_length(lengths, size) for index in batch]
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[i] for i in order] == sorted(lengths, reverse=True)


@given(st.lists(st.integers(0, 50), max_size=40), st.integers(1, 9), st.integers(1, 200))
def test_batches_by_positions_hold_every_row_and_are_padded_to_no_more(
    lengths: list[int], rows: int, positions: int
) -> None:
    batches = by_positions(lengths, rows, positions)
    order = [index for batch in batches for index in batch]
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[i] for i in order] == sorted(lengths, reverse=True)
    for batch, after in zip(batches, [*batches[1:], None]):
        padded = lengths[batch[0]] * len(batch)
        assert len(batch) <= rows
        assert len(batch) == 1 or padded <= positions
        one_more = padded + lengths[batch[0]]
        assert after is None or len(batch) == rows or one_more > positions


def test_the_learning_rate_warms_up_then_falls_to_a_tenth() -> None:
    schedule = Schedule(recipe(learning_rate=1.0, warmup=4, epochs=2, batch_size=2), rows=100)
    rates = [schedule.rate(step, schedule.done(step, step / 50)) for step in range(100)]
    assert rates[:4] == pytest.approx([0.25, 0.5, 0.75, 1.0], abs=0.003)
    assert rates[3:] == sorted(rates[3:], reverse=True)
    assert 0.1 <= rates[-1] < 0.11


def test_iterations_end_training_within_an_epoch() -> None:
    schedule = Schedule(recipe(iters=75, batch_size=2), rows=100)
    assert schedule.epochs == 2
    assert [schedule.done(step, 0.0) for step in (0, 15, 75)] == [0.0, 0.2, 1.0]


def test_few_rows_are_trained_for_more_epochs() -> None:
    least = recipe(batch_size=2).least_steps
    assert least > 0
    few, many = (Schedule(recipe(batch_size=2), rows) for rows in (20, 20_000))
    assert few.epochs == math.ceil(least / 10)
    assert many.epochs == recipe().epochs
    assert Schedule(recipe(epochs=3), rows=20).epochs == 3, "a number that was set stays"


class Pupil:
    """Learns a row at its ``needs``-th lesson, and forgets nothing, unless it is told to."""

    def __init__(self, needs: list[int]) -> None:
        self.needs = needs
        self.lessons = [0] * len(needs)

    def asked(self, row: int) -> bool:
        self.lessons[row] += 1
        return self.lessons[row] > self.needs[row]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_a_row_is_due_until_it_is_known_and_then_less_and_less(needs: list[int]) -> None:
    review, pupil = Review.fresh(recipe(), len(needs)), Pupil(needs)
    seen: list[list[int]] = [[] for _ in needs]
    for epoch in range(30):
        for row in review.due_in(epoch):
            seen[row].append(epoch)
            review.saw(epoch, row, right=pupil.asked(row), worst=0.0)
    for need, epochs in zip(needs, seen):
        assert epochs[: need + 1] == list(range(need + 1)), "every epoch until it is right"
        rests = [after - before - 1 for before, after in pairwise(epochs[need:])]
        assert rests == [1, 3, 7, 7, 7][: len(rests)]
    assert review.known == 1.0


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_a_row_that_was_forgotten_is_due_at_once_and_begins_anew(answers: list[bool]) -> None:
    review = Review.fresh(recipe(), 1)
    for epoch, right in enumerate([True, True, *answers, False]):
        review.saw(epoch, 0, right=right, worst=0.0)
    assert review.due == [epoch + 1]
    assert review.known == 0.0
    review.saw(epoch + 1, 0, right=True, worst=0.0)
    assert review.due == [epoch + 3]


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=30))
def test_without_spacing_every_row_is_due_in_every_epoch(seen: list[tuple[int, bool]]) -> None:
    review = Review.fresh(recipe(preset="classic"), 6)
    for row, right in seen:
        review.saw(3, row, right=right, worst=0.0)
    assert review.due_in(4) == list(range(6))
    last = dict(seen)
    assert review.known == sum(last.values()) / 6


@given(st.floats(0, 1))
def test_a_row_that_was_right_by_luck_does_not_rest(odds: float) -> None:
    review = Review.fresh(recipe(), 1)
    review.saw(0, 0, right=True, worst=-math.log(max(odds, 1e-30)))
    assert review.known == 1.0
    assert review.due == [2 if odds >= SURE else 1]
