"""The demonstration's page in Chromium, on a run that is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="looking at a page needs playwright")
pytest.importorskip("mlx", reason="running needs the run extra")
pytest.importorskip("uvicorn", reason="the page needs the web extra")

from engram import lab
from engram.report.text import visible
from tests.cli.trained import trained_run, web_page
from tests.clients.chromium import CONTRAST

EVIL = "</script><img src=x onerror='window.broken = 1'>\u202e"
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return trained_run(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="module")
def address(chosen: list[str]) -> Iterator[str]:
    with web_page(chosen) as (_, address):
        yield address


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Open]:
    """Opens the page; afterwards nothing may have been complained of, run, or fetched elsewhere."""
    faults: list[str] = []
    requested: list[str] = []
    opened: list[Any] = []

    def open_page(width: int = 1280, **how: Any) -> Any:
        page = browser.new_context(viewport={"width": width, "height": 800}, **how).new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: requested.append(request.url))
        page.goto(address)
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        assert page.evaluate("window.broken") is None
        page.context.close()
    assert faults == []
    assert set(requested) <= {address, f"{address}ask", "data:,"}


def conversation(chosen: list[str]) -> lab.Conversation:
    """The run of the page, to be asked directly."""
    recipe = lab.recipe(chosen[3], epochs=1, layers=1, rank=2, batch_size=8)
    experiment = lab.open_experiment(Path(chosen[1]), recipe)
    return lab.converse(experiment, lab.settings_for(recipe))


def answered(shown: Any, count: int = 1) -> Any:
    """The card of the newest answer, once both are there."""
    shown.locator("#state", has_text="Both have answered.").wait_for()
    assert shown.locator("#answers > li").count() == count
    return shown.locator("#answers > li").first


def test_both_answers_to_a_listed_prompt_are_shown_with_verdicts_and_times(
    page: Open, chosen: list[str]
) -> None:
    shown = page()
    shown.get_by_role("button", name="hello 0", exact=True).click()
    card = answered(shown)
    assert shown.input_value("#prompt") == "hello 0"
    assert card.locator("p", has_text="expected").inner_text() == "expected bye 0"
    said = conversation(chosen).ask("hello 0")
    assert card.locator("dd.base .data").text_content() == visible(said.base, keep="\n")
    assert card.locator("dd.tuned .data").text_content() == visible(said.tuned, keep="\n")
    heads = card.locator("dt").all_inner_texts()
    assert [head.split()[0] for head in heads] == ["base", "tuned"]
    for head in heads:
        assert "wrong" in head
        assert head.endswith(" ms")
    spoken = shown.locator("#state .spoken").text_content()
    assert "Base, wrong:" in spoken
    assert "Tuned, wrong:" in spoken


def test_enter_asks_and_shift_enter_is_a_new_line(page: Open) -> None:
    shown = page()
    assert shown.evaluate("document.activeElement.id") == "prompt"
    for key in ("w", "h", "o", "Shift+Enter", "?", "Enter"):
        shown.keyboard.press(key)
    card = answered(shown)
    assert card.locator("h3").inner_text() == "who\n?"
    assert "expected" not in card.inner_text()
    assert card.locator(".mark").count() == 0
    shown.keyboard.press("Enter")
    shown.locator("#answers > li:nth-child(2)").wait_for()
    answered(shown, 2)


def test_what_cannot_be_asked_is_said(page: Open) -> None:
    shown = page()
    shown.keyboard.press("Enter")
    assert shown.locator("#state").inner_text() == "There is nothing to ask."
    shown.fill("#prompt", "hello 0")
    shown.keyboard.press("Enter")
    answered(shown)


def test_a_text_that_tries_to_be_more_is_text(page: Open) -> None:
    shown = page()
    shown.fill("#prompt", EVIL)
    shown.click("#ask")
    assert answered(shown).locator("h3").inner_text() == EVIL.replace("\u202e", r"\u202e")


def test_the_page_can_be_used_from_the_keyboard_alone(page: Open) -> None:
    shown = page()
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.id") == "ask"
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.closest('ol').id") == "listed"
    shown.keyboard.press("Enter")
    answered(shown)
    assert shown.evaluate("document.activeElement.closest('ol').id") == "listed"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_it_can_be_read_on_any_screen(page: Open, scheme: str, width: int) -> None:
    shown = page(width, color_scheme=scheme)
    shown.fill("#prompt", "antidisestablishmentarianism_" * 9)
    shown.keyboard.press("Enter")
    answered(shown)
    assert shown.evaluate(CONTRAST) == []
    assert shown.evaluate("document.documentElement.scrollWidth") == width
