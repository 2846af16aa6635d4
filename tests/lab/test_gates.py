"""Gates: what they may say, and when a report meets them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.core.errors import EngramError
from engram.core.gate import Gate
from engram.core.results import Report
from engram.lab.figures import figures
from engram.lab.gates import HOLDS, Stated, holds, judge, overridden, parse
from engram.lab.stats import wilson
from tests.report.factories import make_rate, make_report, make_side

CATEGORIES = ("greetings", "a.b-c", "recall")
KNOWN = figures(CATEGORIES)
shares = st.sampled_from([name for name, figure in KNOWN.items() if figure.unit == "share"])
operators = st.sampled_from(sorted(HOLDS))
bounds = st.floats(0, 1)


def gate(text: str) -> Gate:
    (found,) = parse([Stated(text, "--gate")], CATEGORIES)
    return found


def fault(*texts: str) -> EngramError:
    with pytest.raises(EngramError) as refused:
        parse([Stated(text, "--gate") for text in texts], CATEGORIES)
    return refused.value


def report_with(correct: int, n: int) -> Report:
    rate = make_rate(correct, n).model_copy(update={"ci95": wilson(correct, n)})
    side = make_side()
    return make_report(tuned=side.model_copy(update={"probes": {"recall": rate}}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("recall >= 0.99", Gate(figure="recall", operator=">=", bound=0.99)),
        ("recall>=.99", Gate(figure="recall", operator=">=", bound=0.99)),
        ("  recall>=99% ", Gate(figure="recall", operator=">=", bound=0.99)),
        ("lower( novel )>0.5", Gate(figure="novel", lower=True, operator=">", bound=0.5)),
        ("category.a.b-c == 1", Gate(figure="category.a.b-c", operator="==", bound=1.0)),
        ("base.recall < 1e-2", Gate(figure="base.recall", operator="<", bound=0.01)),
        ("lost.recall <= 0", Gate(figure="lost.recall", operator="<=", bound=0.0)),
        ("change.novel >= -2.5", Gate(figure="change.novel", operator=">=", bound=-2.5)),
    ],
)
def test_a_gate_is_a_figure_an_operator_and_a_bound(text: str, expected: Gate) -> None:
    assert gate(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("recal >= 0.9", "no figure 'recal'; did you mean recall"),
        ("variant_template >= 0.9", "template"),
        ("category.greeting >= 0.9", "did you mean category.greetings"),
        ("latency.answer_ms.p99 < 4", "latency.answer_ms.p95"),
        ("recall >= 99", "it is a share, so its bound is from 0 to 1"),
        ("recall >= -0.1", "from 0 to 1"),
        ("lost.recall <= 5%", "a bound in groups has no %"),
        ("latency.answer_ms.p95 < 1e999", "too large"),
        ("recall = 1", "there is no '='; did you mean '=='?"),
        ("recall => 1", "did you mean '>='?"),
        ("recall != 1", "there is no '!='"),
        ("recall", "unless the gate is in quotes"),
        ("", "is empty"),
        ("recall >= high", "is no figure with an operator and a number"),
        ("recall >= 0.9 and novel >= 0.5", "is no figure with an operator and a number"),
        ("upper(recall) >= 0.9", "only lower(...)"),
        ("lower(locality.kl) <= 1", "locality.kl has no interval"),
        ("recall >= nan", "is no figure"),
    ],
)
def test_what_is_no_gate_is_told_why(text: str, why: str) -> None:
    error = fault(text)
    assert why in error.message
    assert error.exit_code == 2
    assert "recall, variant, template" in (error.help or "")


def test_all_mistakes_are_told_at_once() -> None:
    error = fault("recal > 1", "novel >= 0.5", "lost.novel <= 1%")
    lines = error.message.splitlines()
    assert lines[0] == "2 gates mean nothing:"
    assert [line.split("'")[1] for line in lines[1:]] == ["recal > 1", "lost.novel <= 1%"]


def test_without_a_build_no_category_is_known() -> None:
    with pytest.raises(EngramError, match=r"no figure 'category\.greetings'"):
        parse([Stated("category.greetings >= 0.5", "--gate")])


def test_the_same_gate_twice_is_one() -> None:
    assert len(parse([Stated("recall>=0.9", "--gate"), Stated("recall >= 90%", "x:1")])) == 1


def test_a_flag_takes_the_place_of_the_same_measure_only() -> None:
    project = (gate("recall >= 0.99"), gate("recall < 1"), gate("lower(recall) >= 0.9"))
    flags = (gate("recall >= 0.5"), gate("novel >= 0.5"))
    assert overridden(flags, project) == (gate("lower(recall) >= 0.9"), *flags)


def test_every_figure_of_a_whole_report_is_measured() -> None:
    report = make_report()
    for name, figure in figures(["greetings"]).items():
        found = figure.read(report)
        if name in ("consistency.phrasing", "base.consistency.phrasing"):
            assert found.value is None
            continue
        assert found.value is not None, name
        assert found.n > 0, name
        assert (found.low is not None) == figure.interval, name


@pytest.mark.parametrize(
    ("text", "measured", "met"),
    [
        ("recall >= 0.9", 0.9, True),
        ("recall > 0.9", 0.9, False),
        ("base.recall <= 0.1", 0.1, True),
        ("lower(recall) >= 0.9", 0.85, False),
        ("change.recall >= 80", 80.0, True),
        ("lost.novel == 2", 2.0, True),
        ("gained.novel >= 83", 82.0, False),
        ("latency.answer_ms.p95 <= 135", 135.0, True),
        ("base.latency.first_token_ms.median < 29", 29.0, False),
        ("locality.top1 >= 0.9", 0.91, True),
        ("locality.kl < 0.25", 0.25, False),
        ("locality.stored <= 0.5", 0.5, True),
        ("consistency.sampling >= 0.9", 0.9, True),
        ("consistency.same_answer >= 45%", 0.45, True),
        ("tokens_per_second > 20", 21.5, True),
        ("category.greetings >= 0.9", 0.9, True),
    ],
)
def test_a_gate_is_judged_by_its_figure(text: str, measured: float, met: bool) -> None:
    (verdict,) = judge(make_report(), [gate(text)])
    assert verdict.measured == pytest.approx(measured)
    assert verdict.met is met


@pytest.mark.parametrize("operator", sorted(HOLDS))
@pytest.mark.parametrize("measure", ["recall", "lower(recall)", "category.a.b-c"])
def test_what_was_not_asked_meets_no_gate(measure: str, operator: str) -> None:
    (verdict,) = judge(report_with(0, 0), [gate(f"{measure} {operator} 0")])
    assert (verdict.met, verdict.n, verdict.measured) == (False, 0, None)
    assert verdict.reason == "nothing of it was asked"


def test_what_was_not_measured_meets_no_gate() -> None:
    (verdict,) = judge(make_report(), [gate("consistency.phrasing >= 0")])
    assert (verdict.met, verdict.n, verdict.reason) == (False, 12, "it was not measured")


@given(shares, operators, bounds, st.booleans())
def test_what_a_gate_says_of_itself_is_that_gate(
    name: str, operator: str, bound: float, lower: bool
) -> None:
    made = Gate(
        figure=name, lower=lower and KNOWN[name].interval, operator=operator, bound=abs(bound)
    )
    assert gate(str(made)) == made


@given(st.lists(st.text(max_size=30) | st.from_regex(r"[a-z.]{3,9} ?[<>=]{1,2} ?[0-9.%-]{1,6}")))
def test_any_texts_give_gates_or_one_error(texts: list[str]) -> None:
    try:
        found = parse([Stated(text, "--gate") for text in texts], CATEGORIES)
    except EngramError as error:
        told = error.help
    else:
        told = "fine" if len(found) <= len(texts) else None
    assert told


@given(st.integers(0, 100), st.integers(1, 100), bounds, bounds)
def test_a_stricter_bound_is_met_by_no_more(right: int, n: int, one: float, other: float) -> None:
    report = report_with(min(right, n), n)
    loose, strict = sorted((one, other))
    for name in ("recall", "lower(recall)"):
        low, high = judge(report, [gate(f"{name} >= {loose!r}"), gate(f"{name} >= {strict!r}")])
        assert low.met or not high.met


@given(st.integers(0, 100), st.integers(1, 100), bounds)
def test_the_lower_end_is_met_by_no_more_than_the_figure(right: int, n: int, bound: float) -> None:
    report = report_with(min(right, n), n)
    end, figure = judge(report, [gate(f"lower(recall) >= {bound!r}"), gate(f"recall >= {bound!r}")])
    assert figure.met or not end.met


@given(st.integers(0, 1000), st.integers(1, 1000))
def test_the_share_itself_is_a_bound_that_is_met(right: int, n: int) -> None:
    share = min(right, n) / n
    assert holds(share, gate(f"recall == {share!r}"))
    (verdict,) = judge(report_with(min(right, n), n), [gate(f"recall >= {share!r}")])
    assert verdict.met


def test_a_few_that_are_all_right_do_not_reach_the_lower_end() -> None:
    of_five, of_500 = report_with(5, 5), report_with(500, 500)
    assert [v.met for v in judge(of_five, [gate("recall >= 99%"), gate("lower(recall)>=99%")])] == [
        True,
        False,
    ]
    assert all(v.met for v in judge(of_500, [gate("lower(recall) >= 0.99")]))
