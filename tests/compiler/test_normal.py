"""Normal forms: the same on every Python, and equal for what a person would call the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.compiler.normal import UNICODE, normal_form
from engram.compiler.unicode13 import ASSIGNED, VERSION


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello  World", " hello world\n"),
        ("STRASSE", "straße"),
        ("ﬁne", "fine"),
        ("é", "e\u0301"),
        ("\uff21\uff11", "a1"),
        ("x\u3000y", "x y"),
        ("ΌΣΟΣ", "όσος"),
    ],
)
def test_case_space_and_compatibility_forms_do_not_count(one: str, other: str) -> None:
    assert normal_form(one) == normal_form(other)


@pytest.mark.parametrize(("one", "other"), [("a.", "a"), ("a b", "ab"), ("1", "2"), ("e", "é")])
def test_what_a_person_tells_apart_stays_apart(one: str, other: str) -> None:
    assert normal_form(one) != normal_form(other)


@given(st.text())
def test_a_normal_form_is_its_own(text: str) -> None:
    assert normal_form(normal_form(text)) == normal_form(text)


@given(st.text(st.characters(codec="ascii")))
def test_the_short_way_for_ascii_is_the_long_one(text: str) -> None:
    folded = unicodedata.normalize("NFKC", text).casefold()
    assert normal_form(text) == " ".join(folded.split())


def test_what_newer_unicode_versions_assign_is_left_alone() -> None:
    # U+A7C0 and U+A7C1 are a capital and a small letter since Unicode 14.0, U+1E4AE a combining
    # mark since 14.0; Unicode 13.0 knows none of them.
    for char in ("\ua7c0", "\U0001e4ae"):
        assert normal_form(char) == char
        assert normal_form(f"E{char}\u0301") == f"e{char}\u0301"


def test_the_pinned_table_holds_nothing_that_this_python_lacks() -> None:
    assert VERSION == UNICODE
    spans = [span.partition("-") for span in ASSIGNED.split()]
    ranges = [(int(low, 16), int(high or low, 16)) for low, _, high in spans]
    assert ranges == sorted(ranges)
    points = [point for low, high in ranges for point in range(low, high + 1)]
    # What Python 3.10 counts, surrogates and private use included.
    assert len(set(points)) == len(points) == 283_440
    assert all(unicodedata.category(chr(point)) != "Cn" for point in points)
