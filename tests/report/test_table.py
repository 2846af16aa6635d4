from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.core.build import PROBE_NAMES
from engram.core.results import CategoryRate, Change
from engram.report.table import MOST_CATEGORIES, MOST_MISTAKES, WIDTH, summary_table
from engram.report.text import width
from tests.report.factories import (
    make_answered,
    make_chain,
    make_rate,
    make_report,
    make_side,
    make_wrong,
)

texts = st.text(alphabet=st.characters(), max_size=300)


def line_with(table: str, start: str) -> str:
    return next(line for line in table.splitlines() if line.startswith(start))


@given(st.integers(1, 999_999), st.data(), texts, texts)
def test_it_fits_in_eighty_columns(n, data, prompt, answer):
    right = st.integers(0, n)
    base, tuned = make_side(data.draw(right), n), make_side(data.draw(right), n)
    lost = data.draw(right)
    change = Change(n=n, base_correct=n, tuned_correct=0, gained=n, lost=lost, p=0.5)
    report = make_report(
        base=base,
        tuned=tuned,
        change=dict.fromkeys(PROBE_NAMES, change),
        chain=make_chain(model=prompt),
        answers=(make_wrong(answer, prompt=prompt, expected=answer),),
    )
    assert max(map(width, summary_table(report).splitlines())) <= WIDTH


def test_it_names_every_probe_with_n_interval_change_p_and_lookups():
    table = summary_table(make_report())
    for name in ("recall", "variant", "novel"):
        row = line_with(table, name)
        for figure in ("10.0% of 100", "90.0% of 100", "+80.0", "<0.001", "50.0%"):
            assert figure in row
    assert table.count("5.0 - 15.0") == table.count("85.0 - 95.0") == len(PROBE_NAMES)


def test_what_was_not_asked_has_no_figure():
    nothing = make_rate(0, 0)
    side = make_side(1, 2, probes=dict.fromkeys(PROBE_NAMES, nothing))
    change = Change(n=0, base_correct=0, tuned_correct=0, gained=0, lost=0, p=None)
    report = make_report(base=side, tuned=side, change=dict.fromkeys(PROBE_NAMES, change))
    row = line_with(summary_table(report), "novel")
    assert row.split()[1:5] == ["-", "-", "-", "-"]


def test_consistency_latency_and_locality_are_there():
    table = summary_table(make_report())
    assert line_with(table, "same answer, sampled").split()[3:5] == ["0.10", "0.90"]
    assert line_with(table, "answer, median ms").split()[3:5] == ["9", "89"]
    said = " ".join(table.split())
    assert "91.0% (83.0 - 95.0); mean KL 0.250 nats." in said
    assert "leads by 10 points or more, on 40, it is in 97.5%." in said
    assert "1 got a stored answer: 50.0% (9.0 - 91.0)." in said


def test_categories_are_counted_by_probe():
    row = line_with(summary_table(make_report()), "greetings").split()
    assert row == ["greetings", "10/100", "90/100", "3/4", "3/4", "3/4", "3/4"]


def test_a_long_category_is_shortened():
    rate = CategoryRate(
        **make_rate(999, 999).model_dump(), probes=dict.fromkeys(PROBE_NAMES, make_rate(999, 999))
    )
    side = make_side(1, 2, categories={"x" * 100: rate})
    table = summary_table(make_report(base=side, tuned=side))
    row = line_with(table, "x")
    assert row.split()[0] == "x" * 19 + "…"
    assert width(row) <= WIDTH


def test_many_categories_are_cut_short():
    rate = CategoryRate(**make_rate(1, 2).model_dump(), probes={})
    names = [f"category{number:03}" for number in range(MOST_CATEGORIES + 3)]
    side = make_side(1, 2, categories=dict.fromkeys(names, rate))
    table = summary_table(make_report(base=side, tuned=side))
    assert names[MOST_CATEGORIES - 1] in table
    assert names[MOST_CATEGORIES] not in table
    assert "... and 3 more in report.json" in table


@pytest.mark.parametrize("count", [0, 1, MOST_MISTAKES, MOST_MISTAKES + 4])
def test_wrong_answers_are_listed_with_their_place(count):
    wrong = [make_wrong(row=f"w{n}", place=f"corpora/a.yaml:{n + 1}") for n in range(count)]
    table = summary_table(make_report(answers=(make_answered(), *wrong)))
    shown = [line for line in table.splitlines() if "corpora/a.yaml" in line]
    assert shown == [f"  corpora/a.yaml:{n + 1} (novel)" for n in range(min(count, MOST_MISTAKES))]
    assert ("... and 4 more in report.json" in table) == (count > MOST_MISTAKES)


def test_an_answer_that_was_cut_says_so():
    table = summary_table(make_report(answers=(make_wrong("hello and", stopped=False),)))
    assert "hello and (cut at the length limit)" in table


def test_the_probability_of_the_same_answer_stands_beside_what_was_sampled():
    table = summary_table(make_report())
    assert "0.03 - 0.10" in line_with(table, "same answer, expected")
    assert "0.23 - 0.90" in line_with(table, "same answer, expected")
    assert line_with(table, "same answer, probability").split()[3:5] == ["5.0%", "45.0%"]


def test_without_a_prompt_for_consistency_there_is_no_figure_of_it():
    none = make_side().consistency.model_copy(
        update={"prompts": 0, "sampling": None, "same_answer": None, "sampling_bounds": None}
    )
    side = make_side(consistency=none)
    table = summary_table(make_report(base=side, tuned=side))
    for name in ("sampled", "expected", "probability"):
        assert line_with(table, f"same answer, {name}").split()[3:5] == ["-", "-"]
