from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.report.text import pad, shorten, visible, width, wrap

anything = st.text(alphabet=st.characters(), max_size=80)  # surrogates and controls too


@given(anything)
def test_nothing_invisible_is_left(text):
    assert not set(visible(text)) & set("\n\r\t\x00\x1b\x7f\x9b\u200b\u202e\u2028\ud800\ufeff")
    assert "\x1b" not in "".join(wrap(text, 20))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\u202eevil", r"\u202eevil"),
        ("\ud800", r"\ud800"),
        ("\U000e0001", r"\U000e0001"),
        ("é 首 \U0001f600", "é 首 \U0001f600"),
    ],
)
def test_visible(text, shown):
    assert visible(text) == shown


@given(anything, st.integers(2, 40))
def test_wrapped_lines_fit_and_lose_nothing(text, columns):
    lines = wrap(text, columns)
    assert all(width(line) <= columns for line in lines)
    assert "".join(lines) == visible(text, keep="\n").replace("\n", "")


def test_lines_are_broken_between_words_and_keep_their_indentation():
    assert wrap("one two three", 9) == ["one two ", "three"]
    assert wrap("    indented", 8) == ["    inde", "nted"]
    assert wrap("a\n\nb", 9) == ["a", "", "b"]


@given(anything, st.integers(4, 40))
def test_a_shortened_line_fits_and_says_that_it_was_cut(text, columns):
    line = shorten(text, columns)
    assert width(line) <= columns
    assert line == visible(text) or line.endswith("…")


def test_width_is_in_columns():
    assert width("首都") == 4
    assert width("e\u0301") == 1
    assert pad("首", 4) == "首  "
