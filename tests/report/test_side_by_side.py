from __future__ import annotations

import os

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.core.results import Exchange
from engram.report.screen import Screen
from engram.report.side_by_side import MOST_LINES, show_one, side_by_side, totals
from engram.report.text import width
from tests.report.factories import make_shown

texts = st.text(alphabet=st.characters(), max_size=400)
screens = st.builds(Screen, width=st.integers(60, 120), color=st.booleans(), unicode=st.booleans())


@given(texts, texts, texts, st.floats(0, 1e6), screens)
def test_it_fits_the_screen_and_nothing_moves_the_cursor(prompt, base, tuned, ms, screen):
    shown = make_shown(prompt=prompt, expected=tuned, base=base, tuned=tuned, base_ms=ms)
    plain = click.unstyle(show_one(shown, screen, number="1/2"))
    assert max(map(width, plain.split("\n"))) <= screen.width
    assert "\x1b" not in plain
    assert "\r" not in plain


@pytest.mark.parametrize("columns", [80, 120])
def test_both_answers_stand_on_one_line_with_times_and_marks(columns):
    lines = show_one(make_shown(), Screen(columns, color=False)).split("\n")
    verdict = next(line for line in lines if line.startswith("base"))
    left, right = verdict.split(" │ ")
    assert left.split() == ["base", "✗", "wrong", "812", "ms"]
    assert right.split() == ["tuned", "✓", "right", "98", "ms"]
    assert width(left) == (columns - 3) // 2
    answer = lines[lines.index(verdict) + 1]
    assert [half.strip() for half in answer.split(" │ ")] == ["10):", "len(items)):"]


def test_a_long_answer_is_cut_to_a_few_lines():
    shown = make_shown(base="on and on " * 200, tuned="x")
    lines = show_one(shown, Screen(80, color=False)).split("\n")
    verdict = next(at for at, line in enumerate(lines) if line.startswith("base"))
    answer = lines[verdict + 1 :]
    assert len(answer) == MOST_LINES
    assert answer[-1].startswith("…")


def test_without_unicode_there_are_only_ascii_marks():
    shown = show_one(make_shown(base="on and on " * 200), Screen(80, color=False, unicode=False))
    assert shown.isascii()


def test_colours_are_left_out_where_they_are_not_wanted(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in side_by_side([make_shown()], Screen.here())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in side_by_side([make_shown()], Screen.here())


@pytest.mark.parametrize(("columns", "used"), [(10, 60), (80, 80), (100, 100), (500, 120)])
def test_the_width_is_the_terminals_within_reason(monkeypatch, columns, used):
    size = os.terminal_size((columns, 24))
    monkeypatch.setattr("shutil.get_terminal_size", lambda *_, **__: size)
    assert Screen.here().width == used


def test_the_end_sums_up():
    demo = [make_shown(), make_shown(base_correct=True, base_ms=187.6)]
    last = side_by_side(demo, Screen(80, color=False)).split("\n")[-1]
    assert last == "base: 1 of 2 right, 500 ms each   tuned: 2 of 2 right, 98 ms each"
    assert "1/2 recall" in side_by_side(demo, Screen(80, color=False))
    assert side_by_side([], Screen(80)) == "No prompts to show."


def test_a_prompt_of_ones_own_has_no_expected_answer_and_no_verdict():
    mine = Exchange(title="not in the build", prompt="Who?", expected=None, base="Me", base_ms=5.0)
    lines = show_one(mine, Screen(80, color=False)).split("\n")
    assert not any(line.startswith("expected") for line in lines)
    verdict = next(line for line in lines if line.startswith("base"))
    left, right = verdict.split(" │ ")
    assert left.split() == ["base", "5", "ms"]
    assert right.split() == ["tuned"]


def test_an_answer_that_was_cut_is_marked():
    cut = Exchange(title="recall", prompt="a", expected="b", base="c", base_stopped=False)
    assert "c ..." in show_one(cut, Screen(80, color=False))


def test_only_what_can_be_judged_is_summed_up():
    mine = Exchange(title="", prompt="a", expected=None, base_ms=100.0, tuned_ms=300.0)
    assert totals([mine], Screen(80, color=False)) == "base: 100 ms each   tuned: 300 ms each"
    both = totals([mine, make_shown(base_ms=300.0, tuned_ms=100.0)], Screen(80, color=False))
    assert both == "base: 0 of 1 right, 200 ms each   tuned: 1 of 1 right, 200 ms each"
