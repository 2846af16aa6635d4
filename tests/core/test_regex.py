from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.core.regex import UnusableRegex, fault_in, matches

ANY = st.text(st.characters(exclude_categories=()))
# Pieces that mean the same to Python's engine and to Rust's.
PIECES = st.lists(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "a*", "b+", "(a|b)?", "(?:ab){1,2}", "|"]),
    min_size=1,
    max_size=6,
).map("".join)
SCRAPS = st.text(st.sampled_from("ab|*+?()[]{}^$\\d1,.-:<=!PpLk\x00"), max_size=20)


@given(ANY | SCRAPS, ANY | st.text("ab"))
def test_any_expression_is_matched_or_refused(expression, text):
    why_not = fault_in(expression)
    assert "\n" not in why_not
    if why_not:
        with pytest.raises(UnusableRegex, match=re.escape(why_not)):
            matches(expression, text)
    else:
        assert matches(expression, text) in (True, False)


@given(PIECES, st.text("abc", max_size=6))
def test_it_matches_what_another_engine_matches_as_a_whole(expression, text):
    assert matches(expression, text) == bool(re.fullmatch(expression, text))


@given(st.text(string.ascii_letters + string.digits + " é首", min_size=1))
def test_plain_text_matches_itself_alone(text):
    assert matches(text, text)
    assert not matches(text, text + "x")
    assert not matches(text, "x" + text)


SLOWER = r"(a)\1 (?P<n>a)(?P=n) (?P<n>a)\k<n> (?=a)a (?!a)b (?<=a)b (?<!a)b (?>a)b (a)?(?(1)b|c)"
NONE = r"a)|(b ( [ a{2 * \ (?&n)"


@pytest.mark.parametrize("expression", [*SLOWER.split(), *NONE.split()])
def test_what_needs_a_slower_engine_and_what_is_none_is_refused(expression):
    assert fault_in(expression)


@pytest.mark.parametrize("expression", ["(a+)+$", "(a|a)*b", "(a|aa)+$", "((a*)*)*b", "(.*)*x"])
def test_what_makes_others_hang_is_only_an_expression(expression):
    assert fault_in(expression) == ""
    assert not matches(expression, "a" * 10_000 + "!")


@pytest.mark.parametrize(
    "expression", ["a{1000}{1000}{1000}", r"(\pL{1000}){1000}", "(" * 300 + ")" * 300]
)
def test_what_grows_too_large_is_refused(expression):
    assert fault_in(expression)
