from __future__ import annotations

import pytest

from engram.core.results import Answer
from engram.report.comparison import comparison
from tests.report.factories import make_answered, make_rate, make_report, make_side, make_wrong


def test_its_shape_is_the_one_that_tools_expect():
    found = comparison(make_report())
    assert set(found) == {"baseline", "finetuned", "improvement"}
    for side in (found["baseline"], found["finetuned"]):
        assert set(side) == {
            "config",
            "accuracy",
            "consistency",
            "latency",
            "per_category",
            "raw_results",
        }
        assert set(side["latency"]) == {"mean_ms", "median_ms", "std_ms", "min_ms", "max_ms"}
        for result in side["raw_results"]:
            assert set(result) == {"prompt", "expected", "actual", "correct", "latency_ms"}
    assert set(found["improvement"]) == {
        "accuracy",
        "accuracy_pct",
        "consistency",
        "latency_change_ms",
    }


def test_its_figures_are_those_of_the_report():
    report = make_report()
    found = comparison(report)
    assert found["baseline"]["accuracy"] == report.base.overall.accuracy == 0.1
    assert found["finetuned"]["accuracy"] == report.tuned.overall.accuracy == 0.9
    assert found["improvement"] == pytest.approx(
        {"accuracy": 0.8, "accuracy_pct": 80.0, "consistency": 0.8, "latency_change_ms": 80.0}
    )
    assert found["finetuned"]["latency"]["median_ms"] == report.tuned.latency.answer_ms.median
    assert found["baseline"]["per_category"] == {
        "greetings": {"accuracy": 0.1, "correct": 10, "n": 100}
    }
    assert found["baseline"]["config"]["adapter_digest"] is None
    assert found["finetuned"]["config"]["adapter_digest"] == report.chain.adapter_digest


def test_nothing_that_was_trained_on_is_a_result():
    recalled = make_answered("r2", probe="recall", prompt="trained")
    found = comparison(make_report(answers=(recalled, make_answered())))
    for side in ("baseline", "finetuned"):
        assert [result["prompt"] for result in found[side]["raw_results"]] == ["Say hello"]


def test_a_result_is_what_that_side_said():
    answered = make_wrong("bye", base_ms=812.0, base=Answer(text="hi", stopped=True))
    found = comparison(make_report(answers=(answered,)))
    common = {"prompt": "Say hello", "expected": "hello", "correct": False}
    assert found["baseline"]["raw_results"] == [{**common, "actual": "hi", "latency_ms": 812.0}]
    assert found["finetuned"]["raw_results"] == [{**common, "actual": "bye", "latency_ms": None}]


def test_a_row_that_a_side_was_not_asked_is_none_of_its_results():
    answered = make_answered(base=None, base_correct=None)
    found = comparison(make_report(answers=(answered,)))
    assert found["baseline"]["raw_results"] == []
    assert len(found["finetuned"]["raw_results"]) == 1


def test_without_test_rows_there_is_no_accuracy_and_no_improvement():
    nothing = make_side(1, 2, overall=make_rate(0, 0))
    found = comparison(make_report(base=nothing))
    assert found["baseline"]["accuracy"] is None
    assert found["improvement"]["accuracy"] is None
    assert found["improvement"]["accuracy_pct"] is None
