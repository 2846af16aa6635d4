"""report.html: the figures of report.json, safe whatever it holds, and nothing from elsewhere."""

from __future__ import annotations

import json
import re
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.core.build import PROBE_NAMES
from engram.core.results import Answer, CategoryRate
from engram.core.training import EpochPoint, LossPoint
from engram.report.figures import PROBE_TITLES, interval_of, p_value, percent, points
from engram.report.html import html
from engram.report.html.axis import linear, logarithmic
from engram.report.write import write_report
from tests.report.factories import (
    make_answered,
    make_chain,
    make_rate,
    make_report,
    make_shown,
    make_side,
    make_training,
)
from tests.report.parsed import Element, parsed

SOURCE = "5" * 64
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</style></title></textarea><!-- --><![CDATA[",
    '" onmouseover="alert(1)" \'&amp;&#60;',
    "a\u202eb\u2066c\x1b[2Jd\x00\r\n\ue000\ud800",
)
texts = st.text(alphabet=st.characters(), max_size=60)


def page(**fields: object) -> Element:
    return parsed(html(make_report(**fields), SOURCE))


def test_the_cards_show_the_headline_figures() -> None:
    sides = [make_rate(3 * i + 1, 40 + i) for i in range(8)]
    base = make_side(10, probes=dict(zip(PROBE_NAMES, sides[:4])))
    tuned = make_side(90, probes=dict(zip(PROBE_NAMES, sides[4:])))
    report = make_report(base=base, tuned=tuned)
    shown = parsed(html(report, SOURCE))
    for name in PROBE_NAMES:
        card = shown.one("article", data_probe=name).text
        assert PROBE_TITLES[name] in card
        for rate in (base.probes[name], tuned.probes[name]):
            assert percent(rate.accuracy) in card
            assert f"{interval_of(rate.ci95)}% (n = {rate.n})" in card
        change = report.change[name]
        assert f"{points(change)} points, p {p_value(change.p)}" in card


def test_a_probe_that_nobody_asked_has_no_figures() -> None:
    nothing = make_side(probes=dict.fromkeys(PROBE_NAMES, make_rate()))
    shown = page(base=nothing, tuned=nothing, change={})
    card = shown.one("article", data_probe="novel").text
    assert "- → -" in card
    assert card.count("not asked") == 2
    assert "0.0%" not in card


def test_every_category_has_its_figures_and_bars() -> None:
    rates = {f"c{i}": make_rate(i, 9) for i in range(10)}
    categories = {
        name: CategoryRate(**rate.model_dump(), probes={"novel": rate})
        for name, rate in rates.items()
    }
    shown = page(tuned=make_side(categories=categories), base=make_side(categories={}))
    rows = shown.one("section", id="categories").one("tbody").all("tr")
    assert [row.one("th").text for row in rows] == sorted(rates)
    for row in rows:
        rate = rates[row.one("th").text]
        assert row.one("td", data_label="tuned").text == (
            f"{percent(rate.accuracy)} of 9{interval_of(rate.ci95)}"
        )
        assert row.one("td", data_label="novel").text == f"{rate.correct}/9"
        (bar,) = row.all("rect", class_="bar tuned")
        assert bar.attributes["width"] == f"{100 * rate.correct / 9:.2f}%"


def test_every_answer_is_a_row_with_its_outcome() -> None:
    said = {
        None: None,
        True: Answer(text="yes", stopped=True),
        False: Answer(text="no", stopped=False),
    }
    asked = [
        make_answered(
            f"r{i}", base=said[b], base_correct=b, tuned=said[t], tuned_correct=t, prompt=f"p{i}"
        )
        for i, (b, t) in enumerate([(None, True), (False, True), (True, False), (False, False)])
    ]
    rows = page(answers=tuple(asked)).one("table", id="rows").one("tbody").all("tr")
    outcomes = {row.all("td")[0].text: row.attributes["data-outcome"] for row in rows}
    assert outcomes == {
        "p0": "- right",
        "p1": "wrong right",
        "p2": "right wrong",
        "p3": "wrong wrong",
    }
    for row, flip in zip(rows, ("", "gained", "lost", "")):
        assert [one.text for one in row.all("span", class_=f"flip {flip}")] == (
            [flip] if flip else []
        )
    assert "not asked" in rows[0].text
    assert "✓ right" in rows[0].text
    assert "✗ wrong" in rows[3].text
    assert "cut at the length limit" in rows[3].text


def test_held_out_answers_come_first_in_the_order_of_the_corpora() -> None:
    places = [
        ("recall", "a.yaml:2"),
        ("novel", "a.yaml:10"),
        ("variant", "b.yaml:1"),
        ("novel", "a.yaml:9"),
    ]
    asked = [make_answered(f"r{i}", probe=p, place=at) for i, (p, at) in enumerate(places)]
    rows = page(answers=tuple(asked)).one("table", id="rows").one("tbody").all("tr")
    found = [(row.attributes["data-probe"], row.all("bdi")[1].text) for row in rows]
    assert found == [places[2], places[3], places[1], places[0]]


def test_where_not_all_answers_fit_the_wrong_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[f"{html.__module__}.answers"], "MOST_ROWS", 3)
    right = {"base": None, "base_correct": None}
    asked = [make_answered(f"r{i}", prompt=f"p{i}", **right) for i in range(9)]
    asked[7] = make_answered("r7", prompt="p7", tuned_correct=False)
    shown = page(answers=tuple(asked)).one("section", id="answers")
    prompts = [row.all("td")[0].text for row in shown.one("tbody").all("tr")]
    assert prompts == ["p0", "p1", "p7"]
    assert "6 more are in report.json" in shown.text


def test_the_chain_is_there_by_every_digest() -> None:
    report = make_report(chain=make_chain(run_id="9" * 16))
    shown = parsed(html(report, SOURCE)).one("ol", class_="chain").text
    digests = [value for name, value in report.chain.model_dump().items()]
    assert report.tuned.locality
    for value in (*digests, report.tuned.locality.digest, SOURCE):
        assert value in shown


def test_the_page_names_the_report_that_it_was_made_from(tmp_path: Path) -> None:
    write_report(make_report(), tmp_path)
    digest = sha256((tmp_path / "report.json").read_bytes()).hexdigest()
    assert digest in (tmp_path / "report.html").read_text("utf-8")
    assert "  report.html\n" in (tmp_path / "SHA256SUMS").read_text("utf-8")


def test_the_same_report_is_the_same_page() -> None:
    report = make_report(answers=tuple(make_answered(f"r{i}") for i in range(9)))
    again = type(report).model_validate_json(report.model_dump_json())
    assert html(report, SOURCE) == html(again, SOURCE)


def test_nothing_is_fetched_from_anywhere() -> None:
    shown = page()
    for element in shown.all():
        assert not {"src", "srcset", "style", "action", "data"} & element.attributes.keys()
        assert element.name not in {"link", "img", "iframe", "object", "base", "use", "image"}
        assert str(element.attributes.get("href", "#")).startswith("#")
    whole = html(make_report(), SOURCE)
    assert not re.search(r"https?:|//\w|url\(|@import|fetch\(|XMLHttp", whole)


def test_the_policy_lets_in_this_style_and_this_script_alone() -> None:
    shown = page()
    (policy,) = shown.all("meta", http_equiv="Content-Security-Policy")
    expected = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    for name in ("style", "script"):
        digest = b64encode(sha256(shown.one(name).text.encode()).digest()).decode()
        expected[f"{name}-src"] = f"'sha256-{digest}'"
    found = dict(rule.split(" ", 1) for rule in str(policy.attributes["content"]).split("; "))
    assert found == expected


def hostile_page(text: str) -> str:
    said = Answer(text=text, stopped=True)
    fields = {"prompt": text, "expected": text, "category": text, "place": text}
    rate = CategoryRate(**make_rate(1, 2).model_dump(), probes={})
    report = make_report(
        chain=make_chain(model=text, backend=text, dtype=text, run_id=text),
        answers=(make_answered(base=said, tuned=said, **fields),),
        demo=(make_shown(prompt=text, expected=text, base=text, tuned=text),),
        tuned=make_side(categories={text: rate}),
        base=make_side(categories={}),
        engram=text,
    )
    return html(report, SOURCE)


def structure(shown: Element) -> list[tuple[str, list[str]]]:
    return [(element.name, sorted(element.attributes)) for element in shown.all()]


@given(texts)
@settings(max_examples=40)
def test_no_text_changes_what_the_page_is_made_of(text: str) -> None:
    whole = hostile_page(text)
    assert structure(parsed(whole)) == structure(parsed(hostile_page("plain")))
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", whole
    )
    whole.encode("utf-8")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_shown_as_what_they_are(text: str) -> None:
    shown = parsed(hostile_page(text))
    assert structure(shown) == structure(parsed(hostile_page("plain")))
    prompt = shown.one("table", id="rows").one("tbody").all("td")[0].text
    if text.isprintable():
        assert prompt == text
    else:
        assert prompt == r"a\u202eb\u2066c\x1b[2Jd\x00\r" + "\n" + r"\ue000\ud800"


def test_a_loss_that_ran_away_is_a_gap_and_is_told() -> None:
    losses = [3.0, 2.0, None, 1.0, float("nan"), 0.5, 0.25]
    steps = tuple(
        LossPoint(step=i, epoch=i / 10, loss=loss, learning_rate=0.1)
        for i, loss in enumerate(losses)
    )
    curve = (EpochPoint(epoch=1, loss=None, recall=0.5, valid_loss=float("inf")),)
    shown = page(training=make_training(losses=steps, curve=curve)).one("figure", id="loss")
    pieces = [str(line.attributes["points"]).split() for line in shown.all("polyline")]
    assert [len(piece) for piece in pieces] == [2, 1, 2]
    assert "2 steps had a loss that is not a number" in shown.one("desc").text
    assert "nan" not in json.dumps(pieces)


def test_training_without_a_single_figure_is_still_a_page() -> None:
    shown = page(training=make_training(losses=(), curve=(), epochs=0.0), demo=(), answers=())
    assert shown.one("figure", id="loss")
    assert not shown.all("section", id="answers")
    assert not shown.all("a", href="#demonstration")


def test_a_long_training_is_drawn_by_means() -> None:
    steps = tuple(
        LossPoint(step=i, epoch=i / 100, loss=1 + i % 2, learning_rate=0.1) for i in range(2000)
    )
    shown = page(training=make_training(losses=steps)).one("figure", id="loss")
    raw = shown.one("polyline", class_="line raw")
    assert len(str(raw.attributes["points"]).split()) == 500
    assert "steps by the mean of 4" in shown.text


def test_it_says_where_training_had_to_go_back() -> None:
    shown = page(training=make_training(lowered_at=77)).one("section", id="training").text
    assert "at step 77 the loss had run away" in shown


def test_near_misses_are_listed_with_what_was_said() -> None:
    report = make_report()
    assert report.tuned.locality
    near = report.tuned.locality.near_misses
    shown = parsed(html(report, SOURCE)).one("table", class_="texts").one("tbody").all("tr")
    assert [[cell.text for cell in (row.one("th"), *row.all("td"))] for row in shown] == [
        [one.prompt, one.answer.text, "a stored one" if one.stored else "another"]
        for one in near.answers
    ]


def test_drift_is_drawn_where_there_is_any() -> None:
    drifts = [0.0, 0.2, None, 0.4, 0.1]
    steps = tuple(
        LossPoint(step=i, epoch=i / 10, loss=1.0, learning_rate=0.1, drift=drift)
        for i, drift in enumerate(drifts)
    )
    shown = page(training=make_training(losses=steps)).one("figure", id="drift")
    assert [len(str(one.attributes["points"]).split()) for one in shown.all("polyline")] == [2, 2]
    assert "0.100 at the last" in shown.one("desc").text
    assert not page().all("figure", id="drift")


def test_whatever_is_linked_or_named_is_there_once() -> None:
    shown = page()
    ids = [element.attributes["id"] for element in shown.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in shown.all():
        for name in ("aria-labelledby", "for"):
            assert set(str(element.attributes.get(name, "")).split()) <= set(ids)
        if "href" in element.attributes:
            assert str(element.attributes["href"])[1:] in ids
    for table in shown.all("table"):
        assert len(table.all("caption")) == 1
        assert all(header.text for header in table.all("th"))


positive = st.floats(1e-12, 1e12)


@given(st.lists(positive, min_size=1))
def test_both_scales_hold_every_value_and_have_ticks_in_order(values: list[float]) -> None:
    for axis in (linear(values), logarithmic(values)):
        assert axis.low < axis.high
        assert all(axis.low <= value * (1 + 1e-6) for value in values)
        assert all(value <= axis.high * (1 + 1e-6) for value in values)
        assert list(axis.ticks) == sorted(set(axis.ticks))
        assert 1 <= len(axis.ticks) <= 12
        assert all(0 <= axis.at(tick) <= 1 for tick in axis.ticks)
