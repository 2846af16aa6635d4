"""Names of categories: slips are told from names that are meant to differ."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.compiler import validate
from engram.compiler.spelling import alike_names
from tests.compiler.factories import corpus, pattern, write_corpora

# fmt: off
SAME = [
    ("loop_idiom", "loop-idiom"), ("loop_idiom", "loops_idiom"), ("loop_idiom", "LoopIdiom"),
    ("loop_idiom", "loopidiom"),
    ("loop_idiom", "Loop.Idioms"), ("loop_idiom", "loop_idoim"), ("capitals", "capitols"),
    ("capitals", "capital"),
    ("error_fixes", "error_fixs"), ("http_2xx", "http-2xx"), ("punctuation", "puntuation"),
    ("dates_iso", "date_iso"),
    ("iso_to_long_date", "iso-to-long-date"), ("occurrences", "occurences"),
    ("HTTPError", "http_error"),
]
DIFFERENT = [
    ("iso_to_long_date", "iso_to_us_date"), ("http_2xx", "http_3xx"), ("http", "https"),
    ("rgb_to_hex", "hex_to_rgb"),
    ("lower_case", "upper_case"), ("encode", "decode"), ("import", "export"), ("lower", "power"),
    ("past", "last"),
    ("step_1", "step_2"), ("v1_10", "v11_0"), ("utf8", "utf16"), ("form", "from"),
    ("states", "status"), ("class", "clash"),
    ("increment", "decrement"), ("prefix", "suffix"), ("celsius_to_kelvin", "kelvin_to_celsius"),
    ("sum", "sums_of"), ("css", "cs"),
    ("int_to_str", "str_to_int"), ("git_add", "git_and"), ("a", "b"),
    ("north_america", "south_america"), ("word", "world"),
]
# fmt: on


@pytest.mark.parametrize(("one", "other"), SAME)
def test_slips_and_other_separators_are_one_name(one: str, other: str) -> None:
    assert alike_names([one, other]) == {other: one}
    assert alike_names([other, one]) == {one: other}


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_names_that_differ_in_what_they_say_are_two(one: str, other: str) -> None:
    assert alike_names([one, other]) == {}


@given(st.lists(st.text(st.sampled_from("abs_-.1A"), min_size=1), unique=True))
def test_every_name_is_like_an_earlier_one_or_like_none(names: list[str]) -> None:
    for name, earlier in alike_names(names).items():
        assert names.index(earlier) < names.index(name)


def test_the_smaller_category_is_told_at_its_first_pattern(tmp_path: Path) -> None:
    few = [pattern(n, category="loop-idiom") for n in range(2)]
    many = [pattern(n + 9, category="loop_idiom") for n in range(5)]
    folder = write_corpora(tmp_path, corpus([*few, *many]))
    (finding,) = (f for f in validate([folder]) if f.code == "ENG316")
    assert finding.message == (
        "the category `loop-idiom` (2 patterns) is spelt almost like `loop_idiom` (5 patterns)"
    )
    assert finding.line == 7
