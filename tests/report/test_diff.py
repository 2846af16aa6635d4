"""Differences: for `patch` to the byte, for a person without anything hidden."""

from __future__ import annotations

from unicodedata import category

from hypothesis import given
from hypothesis import strategies as st

from engram.report.diff import as_diff
from engram.report.screen import Screen
from tests.report.findings.factories import INVISIBLE

TEXTS = st.text(st.sampled_from("ab\r\n\u2028\x0b\x1b\u202e"), max_size=12)


def test_lines_end_at_line_feeds_alone_and_the_last_may_have_none() -> None:
    assert as_diff("x", "a\u2028\r\nb", "a\u2028\r\nc") == (
        "--- x\n+++ x\n@@ -1,2 +1,2 @@\n a\u2028\r\n"
        "-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
    )


def test_equal_texts_have_no_difference() -> None:
    assert as_diff("x", "a", "a") == as_diff("x", "a", "a", Screen()) == ""


@given(TEXTS, TEXTS)
def test_on_a_screen_nothing_is_hidden(before: str, after: str) -> None:
    text = as_diff("x", before, after, Screen(color=False)).replace("\n", "")
    assert not {category(char) for char in text} & INVISIBLE
    assert ("\x1b[" in as_diff("x", before, after, Screen())) == (before != after)
