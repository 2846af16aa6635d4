from __future__ import annotations

from engram.report.mistakes import mistakes
from tests.report.factories import make_answered, make_report, make_wrong


def test_they_are_in_reading_order():
    places = ["b.yaml:2", "a.yaml:10", "a.yaml:9", "no place"]
    report = make_report(answers=tuple(make_wrong(row=p, place=p) for p in places))
    assert [wrong.place for wrong in mistakes(report)] == [
        "no place",
        "a.yaml:9",
        "a.yaml:10",
        "b.yaml:2",
    ]


def test_right_answers_and_unasked_rows_are_none():
    unasked = make_answered(tuned=None, tuned_correct=None)
    assert mistakes(make_report(answers=(make_answered(), unasked))) == []
