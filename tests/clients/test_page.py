"""report.html in Chromium: what a reader sees and does, with and without scripts, and on paper."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="looking at a page needs playwright")

from engram.core.results import Answer
from engram.report.write import write_report
from tests.clients.chromium import CONTRAST
from tests.report.factories import make_answered, make_rate, make_report, make_shown, make_side

EVIL = "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 1'>\u202e"
ROWS = 900
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with many answers, some of which try to be more than text."""
    probes = ("recall", "variant", "variant_template", "novel")
    answers = [
        make_answered(
            f"r{i:04}",
            probe=probes[i % 4],
            category=f"category_{i % 7}",
            prompt=f"Question number {i} ->",
            tuned=Answer(text=f"answer {i}", stopped=True),
            tuned_correct=i % 10 != 0,
            base_correct=i % 9 == 0,
            place=f"corpora/a_rather_long_name_of_a_file.yaml:{i}",
        )
        for i in range(ROWS)
    ]
    long = "antidisestablishmentarianism_" * 6
    answers.append(make_answered("e", category=EVIL, prompt=EVIL + long, place=EVIL, expected=long))
    sides = [make_rate(7 * i + 1, 60 + i) for i in range(8)]
    report = make_report(
        base=make_side(10, probes=dict(zip(probes, sides[:4]))),
        tuned=make_side(
            90, probes=dict(zip(probes, sides[4:])), locality=make_report().tuned.locality
        ),
        answers=tuple(answers),
        demo=(make_shown(), make_shown(prompt=EVIL, base=long, tuned=EVIL)),
    )
    path = tmp_path_factory.mktemp("report")
    write_report(report, path)
    return path


@pytest.fixture
def page(browser: Any, folder: Path) -> Iterator[Open]:
    """Opens the page; afterwards nothing may have been complained of, fetched or run."""
    faults: list[str] = []
    opened: list[tuple[Any, bool]] = []

    def open_page(width: int = 1280, **how: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 800}, **how)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(dialog.message))
        page.on("request", lambda request: requested.append(request.url))
        page.goto((folder / "report.html").as_uri())
        opened.append((page, how.get("java_script_enabled", True)))
        return page

    requested: list[str] = []
    yield open_page
    for page, scripts in opened:
        if scripts:
            assert page.evaluate("window.broken") is None
        page.context.close()
    assert faults == []
    assert set(requested) == {(folder / "report.html").as_uri()}


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def test_the_figures_shown_are_those_of_the_report(page: Open, folder: Path) -> None:
    report = json.loads((folder / "report.json").read_text("utf-8"))
    shown = page()
    for name in ("recall", "variant", "variant_template", "novel"):
        card = shown.locator(f"article[data-probe={name}]").inner_text()
        base, tuned = (report[side]["probes"][name] for side in ("base", "tuned"))
        assert f"{percent(base['accuracy'])} → {percent(tuned['accuracy'])}" in card
        for rate in (base, tuned):
            low, high = (f"{100 * end:.1f}" for end in rate["ci95"])
            assert f"{low} - {high}% (n = {rate['n']})" in card
    latency = shown.locator("#latency").inner_text()
    for side in ("base", "tuned"):
        for value in report[side]["latency"]["answer_ms"].values():
            assert f"{value:.1f}" in latency
    behaviour = shown.locator("#behaviour").inner_text()
    assert percent(report["tuned"]["locality"]["top1_agreement"]) in behaviour
    chain = shown.locator("#origin").inner_text()
    assert all(digest in chain for digest in report["chain"].values())


def test_search_and_filters_leave_the_rows_that_fit(page: Open, folder: Path) -> None:
    answers = json.loads((folder / "report.json").read_text("utf-8"))["answers"]
    shown = page()
    rows, count = shown.locator("#rows tbody tr:visible"), shown.locator("#count")
    assert count.inner_text() == f"{ROWS + 1} rows, the first 200 shown"
    assert rows.count() == 200
    shown.select_option("#probe", "novel")
    shown.select_option("#category", "category_3")
    shown.select_option("#outcome", "wrong right")
    fitting = [
        one["prompt"]
        for one in answers
        if one["probe"] == "novel" and one["category"] == "category_3"
        and (one["base_correct"], one["tuned_correct"]) == (False, True)
    ]  # fmt: skip
    assert count.inner_text() == f"{len(fitting)} of {ROWS + 1} rows"
    assert shown.locator("#rows tbody tr:visible td:nth-child(2)").all_inner_texts() == fitting
    for control in ("#probe", "#category", "#outcome"):
        shown.select_option(control, "")
    shown.fill("#search", "QUESTION 77 number")
    assert rows.count() == sum("77" in one["prompt"] for one in answers)
    shown.fill("#search", "no such thing")
    assert count.inner_text() == f"0 of {ROWS + 1} rows"
    shown.fill("#search", "question")
    shown.click("#more")
    assert rows.count() == ROWS
    assert not shown.locator("#more").is_visible()
    shown.fill("#search", "onerror")
    shown.select_option("#category", index=1)
    assert rows.count() == 1
    assert r"\u202e" in rows.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_light_and_in_dark(page: Open, scheme: str) -> None:
    shown = page(color_scheme=scheme)
    assert shown.evaluate(CONTRAST) == []
    paper = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    levels = [int(level) for level in re.findall(r"\d+", paper)]
    assert min(levels) > 240 if scheme == "light" else max(levels) < 40


def test_a_phone_scrolls_down_and_not_sideways(page: Open) -> None:
    shown = page(375)
    assert shown.evaluate("document.documentElement.scrollWidth") == 375
    wide = """[...document.querySelectorAll("main *, header *")].filter((element) =>
        element.checkVisibility() && !element.closest("svg, thead, .word")
        && element.getBoundingClientRect().right > 375.5).map((element) => element.outerHTML)"""
    assert shown.evaluate(wide) == []
    size = shown.evaluate(
        "parseFloat(getComputedStyle(document.querySelector('.chart text')).fontSize) *"
        "document.querySelector('.chart').getBoundingClientRect().width / 480"
    )
    assert size > 11


def test_without_scripts_every_answer_is_there_to_read(page: Open) -> None:
    shown = page(java_script_enabled=False)
    assert shown.locator("#rows tbody tr:visible").count() == ROWS + 1
    assert not shown.locator("#filters").is_visible()
    assert not shown.locator("#more").is_visible()


def test_on_paper_there_are_no_controls_and_no_dark_ground(page: Open) -> None:
    shown = page(color_scheme="dark")
    shown.fill("#search", "number 77")
    pdf = shown.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    assert 4 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 12
    shown.emulate_media(media="print", color_scheme="dark")
    assert not shown.locator("#filters").is_visible()
    assert not shown.locator("nav").is_visible()
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert shown.evaluate(CONTRAST) == []


def test_the_page_can_be_used_from_the_keyboard(page: Open) -> None:
    shown = page()
    reached = []
    for _ in range(14):
        shown.keyboard.press("Tab")
        reached.append(shown.evaluate("document.activeElement.id || document.activeElement.hash"))
    assert reached[0] == "#accuracy"
    assert [name for name in reached if name in ("search", "probe", "category", "outcome")] == [
        "search",
        "probe",
        "category",
        "outcome",
    ]
