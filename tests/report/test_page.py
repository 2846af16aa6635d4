"""Pages on a terminal: wrapped, without marks, and harmless."""

from __future__ import annotations

from unicodedata import category

from hypothesis import given
from hypothesis import strategies as st

from engram.report.page import page_on_screen
from engram.report.screen import Screen
from engram.report.text import width

PLAIN = Screen(40, color=False)
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def test_prose_is_wrapped_and_code_is_indented_and_kept() -> None:
    page = "# Title\n\nsome words\non two lines\n\n```yaml a.yaml\na:  b\n\n  c: d\n```\n"
    assert page_on_screen(page, PLAIN) == (
        "Title\n\nsome words on two lines\n\n    # a.yaml\n    a:  b\n\n      c: d\n"
    )


def test_a_line_is_not_broken_within_code() -> None:
    page = "0123456789 0123456789 012345678 `four words of code` end\n"
    assert (
        page_on_screen(page, PLAIN) == "0123456789 0123456789 012345678\n`four words of code` end\n"
    )


def test_colours_take_the_place_of_the_marks() -> None:
    text = page_on_screen("# T\n\nsay `x`\n", Screen(40))
    assert "`" not in text
    assert "\x1b[" in text


@given(st.text())
def test_no_page_can_steer_the_terminal_or_be_too_wide(markdown: str) -> None:
    lines = page_on_screen(markdown, PLAIN).split("\n")
    assert not {category(char) for line in lines for char in line} & INVISIBLE
    assert all(width(line) <= 40 or line.startswith("    ") for line in lines)
