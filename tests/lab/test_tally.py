from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.core.build import PROBE_NAMES
from engram.lab import tally
from engram.lab.tally import judge_all
from tests.lab.factories import make_row, make_sites, said

PROBES = st.sampled_from(
    [
        ("recall", "bare"),
        ("recall", "template"),
        ("variant", "author"),
        ("variant", "template"),
        ("novel", "bare"),
    ]
)


@st.composite
def judged_rows(draw):
    """Rows in a few groups, patterns and categories, each answered right, nearly or wrong."""
    items = []
    for number in range(draw(st.integers(0, 25))):
        probe, phrasing = draw(PROBES)
        row = make_row(
            id=f"r{number}",
            pattern=draw(st.sampled_from("abcdefg")),
            category=draw(st.sampled_from(["cat", "dog"])),
            probe=probe,
            phrasing=phrasing,
        )
        text = draw(st.sampled_from(["hello", "hello there", "bye"]))
        items.append((row, said(text)))
    rows, answers = [row for row, _ in items], [answer for _, answer in items]
    # a and b are wordings of one fact
    return judge_all(rows, answers, make_sites(rows, a="ab", b="ab"))


@given(judged_rows())
def test_a_group_is_right_when_every_row_of_it_is(judged):
    found = tally.rate(judged)
    groups = {item.group for item in judged}
    spoilt = {item.group for item in judged if item.answer.text != "hello"}
    unlike = {item.group for item in judged if item.answer.text == "bye"}
    assert (found.n, found.correct) == (len(groups), len(groups - spoilt))
    assert (found.rows, found.rows_correct) == (
        len(judged),
        sum(item.answer.text == "hello" for item in judged),
    )
    assert found.prefix_match == (len(groups - unlike) / len(groups) if groups else None)


@given(judged_rows())
def test_a_rate_of_nothing_is_null_and_every_other_lies_in_its_interval(judged):
    for found in tally.by_probe(judged).values():
        if found.n == 0:
            assert (found.accuracy, found.ci95, found.prefix_match) == (None, None, None)
        else:
            low, high = found.ci95
            assert low <= found.accuracy <= high
            assert found.accuracy <= found.prefix_match


@given(judged_rows())
def test_rows_add_up_over_probes_and_over_categories(judged):
    probes = tally.by_probe(judged)
    categories = tally.by_category(judged)
    assert tuple(probes) == PROBE_NAMES
    assert sum(rate.rows for rate in probes.values()) == len(judged)
    assert list(categories) == sorted({item.row.category for item in judged})
    for name in PROBE_NAMES:
        assert probes[name].rows == sum(c.probes[name].rows for c in categories.values())
        assert probes[name].rows_correct == sum(
            c.probes[name].rows_correct for c in categories.values()
        )


@given(judged_rows())
def test_what_was_trained_counts_for_recall_alone(judged):
    tested = sum(item.row.probe != "recall" for item in judged)
    assert tally.overall(judged).rows == tested
    assert sum(rate.rows for rate in tally.by_category(judged).values()) == tested


@given(judged_rows(), st.randoms(use_true_random=False))
def test_order_changes_nothing(judged, random):
    shuffled = random.sample(judged, len(judged))
    assert tally.by_probe(shuffled) == tally.by_probe(judged)
    assert tally.by_category(shuffled) == tally.by_category(judged)
    assert tally.changes(shuffled, judged) == tally.changes(judged, judged)
    assert tally.phrasing_consistency(shuffled)[0] == tally.phrasing_consistency(judged)[0]


@given(judged_rows(), st.data())
def test_change_compares_what_both_were_asked(judged, data):
    answers = data.draw(
        st.lists(st.sampled_from(["hello", "bye"]), min_size=len(judged), max_size=len(judged))
    )
    rows = [item.row for item in judged]
    tuned = judge_all(rows, [said(text) for text in answers], make_sites(rows, a="ab", b="ab"))
    asked = data.draw(st.sets(st.sampled_from(range(len(judged))))) if judged else set()
    base = [judged[place] for place in sorted(asked)]
    for name, change in tally.changes(base, tuned).items():
        mine = tally.rate(item for item in base if item.probe == name)
        theirs = tally.rate(
            item for place, item in enumerate(tuned) if place in asked and item.probe == name
        )
        assert (change.n, change.base_correct) == (mine.n, mine.correct)
        assert (change.n, change.tuned_correct) == (theirs.n, theirs.correct)
        assert change.gained - change.lost == change.tuned_correct - change.base_correct
        assert (change.p is None) == (change.gained + change.lost == 0)


def test_change_counts_flips_of_whole_groups():
    rows = [make_row(id=f"r{number}", pattern=name) for number, name in enumerate("aabc")]
    sites = make_sites(rows)
    base = judge_all(rows, [said(text) for text in ("hello", "bye", "hello", "bye")], sites)
    tuned = judge_all(rows, [said(text) for text in ("hello", "hello", "bye", "bye")], sites)
    found = tally.change(base, tuned)
    assert (found.n, found.base_correct, found.tuned_correct) == (3, 1, 1)
    assert (found.gained, found.lost, found.p) == (1, 1, 1.0)


def test_phrasing_consistency_is_over_patterns_asked_twice():
    rows = [make_row(id=f"r{number}", pattern=name) for number, name in enumerate("aabbc")]
    sites = make_sites(rows)
    answers = [said(text) for text in ("x", "x ", "x", "y", "z")]
    assert tally.phrasing_consistency(judge_all(rows, answers, sites)) == (2, 0.5)
    assert tally.phrasing_consistency(judge_all(rows[4:], answers[4:], sites)) == (0, None)


def test_every_row_needs_its_answer():
    rows = [make_row()]
    with pytest.raises(ValueError, match="zip"):
        judge_all(rows, [], make_sites(rows))
