"""Planning is pure: every row is trained once an epoch, in an order that any machine repeats."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engram.backends.base import Encoded
from engram.backends.plan import Schedule, by_length, common_prefix, epoch_batches
from engram.lab.presets import recipe

TOKENS = st.lists(st.integers(0, 3), min_size=1, max_size=8).map(tuple)
ROWS = st.lists(st.builds(Encoded, TOKENS, TOKENS), min_size=1, max_size=40)


@given(ROWS, st.integers(1, 9), st.integers(), st.integers(0, 5))
def test_an_epoch_trains_every_row_once(
    rows: list[Encoded], size: int, seed: int, epoch: int
) -> None:
    batches = epoch_batches(rows, size, seed, epoch)
    assert sorted(index for batch in batches for index in batch) == list(range(len(rows)))
    assert all(1 <= len(batch) <= size for batch in batches)
    assert len(batches) == -(-len(rows) // size)


@given(ROWS, st.integers(1, 9), st.integers(), st.integers(0, 5))
def test_batches_hold_rows_of_like_length(
    rows: list[Encoded], size: int, seed: int, epoch: int
) -> None:
    batches = epoch_batches(rows, size, seed, epoch)
    spans = sorted(
        (min(len(rows[i]) for i in batch), max(len(rows[i]) for i in batch)) for batch in batches
    )
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_the_order_of_an_epoch_does_not_depend_on_the_machine() -> None:
    rows = [Encoded((1, 2), (3,)) for _ in range(6)]
    assert epoch_batches(rows, 2, seed=42, epoch=0) == [[5, 0], [3, 2], [4, 1]]
    assert epoch_batches(rows, 2, seed=42, epoch=1) != epoch_batches(rows, 2, seed=42, epoch=0)


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


def test_the_learning_rate_warms_up_then_falls_to_a_tenth() -> None:
    schedule = Schedule(recipe(learning_rate=1.0, warmup=4, epochs=2), steps_per_epoch=50)
    rates = [schedule.rate(step) for step in range(schedule.steps)]
    assert rates[:4] == [0.25, 0.5, 0.75, 1.0]
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert 0.1 <= rates[-1] < 0.11


def test_iterations_end_training_within_an_epoch() -> None:
    schedule = Schedule(recipe(iters=75), steps_per_epoch=50)
    assert (schedule.steps, schedule.epochs) == (75, 2)
