from __future__ import annotations

import json
import string
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.core.corpus import MATCHES
from engram.lab import score
from engram.lab.score import judge, prefix_matches
from tests.lab.factories import make_row, said

texts = st.text(min_size=1, max_size=40)
# Whatever a model may say: NUL, halves of surrogate pairs, every plane.
ANY = st.text(st.characters(exclude_categories=()))
# Texts of which many mean the same.
SPELLINGS = st.text(st.sampled_from('0159.,eE/+-[]{}":a '), max_size=8)
blanks = st.text(alphabet=" \t\n", max_size=3)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(texts, st.sampled_from(MATCHES), blanks, blanks)
def test_what_was_trained_is_right_under_every_rule(text, match, before, after):
    assert judge(make_row(answer=text, match=match), said(before + text + after))


@given(texts, st.sampled_from([match for match in MATCHES if match != "prefix"]))
def test_an_answer_cut_by_the_limit_is_wrong(text, match):
    assert not judge(make_row(answer=text, match=match), said(text, stopped=False))


@given(texts, texts)
def test_exact_is_equality_after_strip(expected, answer):
    right = judge(make_row(answer=expected), said(answer))
    assert right == (expected.strip() == answer.strip())


@given(texts, st.lists(texts, max_size=3), st.data())
def test_every_accepted_answer_is_right_and_no_other(expected, accept, data):
    row = make_row(answer=expected, accept=tuple(accept))
    answer = data.draw(st.sampled_from([expected, *accept]) | texts)
    assert judge(row, said(answer)) == (
        answer.strip() in {text.strip() for text in (expected, *accept)}
    )


@given(st.text(alphabet=string.ascii_letters, min_size=1), texts, st.booleans())
def test_prefix_asks_only_how_the_answer_begins(expected, rest, stopped):
    row = make_row(answer=expected, match="prefix")
    assert judge(row, said(expected + rest, stopped=stopped))
    assert not judge(row, said("!" + expected + rest, stopped=stopped))
    assert prefix_matches(row, said(f"  {expected}{rest}", stopped=stopped))
    assert not prefix_matches(row, said("!" + expected, stopped=stopped))


def test_a_blank_expectation_is_not_the_beginning_of_everything():
    row = make_row(answer="  ", match="prefix")
    assert not judge(row, said("anything"))
    assert not prefix_matches(row, said("anything"))
    assert judge(row, said("\n"))


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4
    )
)
def test_a_number_is_judged_by_value_and_not_by_spelling(value):
    row = make_row(answer=str(value), match="number")
    for spelling in (f"{value:f}", f"{value:f}00", f"{value:,f}", f"{value:e}"):
        assert judge(row, said(spelling)), spelling
    assert not judge(row, said(str(value + Decimal("0.0001"))))


@pytest.mark.parametrize(
    ("expected", "answer", "right"),
    [
        ("0.1", "0.1000000000000000055511151231257827", False),
        ("0.5", "1/2", True),
        ("3/4", "0.75", True),
        ("-40", "\N{MINUS SIGN}40", True),
        ("1024", "1,024", True),
        ("1024", "10,24", False),
        ("1000", "1,000", True),
        ("123", "0,123", False),
        ("9" * 5_000, "9" * 5_000, True),
        ("9" * 5_000, "9" * 5_000 + ".0", False),
        ("nan", "NaN", False),
        ("1.024", "1,024", False),
        ("25", "25 mm", False),
        ("25", "25.", False),
        ("25", "٢٥", False),
        ("25", "0x19", False),
        ("0", "1/0", False),
        ("0", "nan", False),
        ("1", "1e999999999", False),
        ("1000", "1_000", False),
    ],
)
def test_numbers(expected, answer, right):
    assert judge(make_row(answer=expected, match="number"), said(answer)) is right


@given(json_values, st.booleans())
def test_json_is_judged_by_value_and_not_by_layout(value, ascii_only):
    row = make_row(answer=json.dumps(value) or "x", match="json")
    spelling = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=ascii_only)
    assert judge(row, said(spelling))
    assert not judge(row, said(json.dumps([value])))


@pytest.mark.parametrize(
    ("expected", "answer", "right"),
    [
        ("[1]", "[1.0]", True),
        ("[1]", "[true]", False),
        ("[0]", "[false]", False),
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', True),
        ('{"a": 1}', '{"a": 2, "a": 1}', False),
        ("[NaN]", "[ NaN]", False),
        ("[1e5]", "[100000]", True),
        ("[1]", "[1] and more", False),
        ("null", "None", False),
    ],
)
def test_json(expected, answer, right):
    assert judge(make_row(answer=expected, match="json"), said(answer)) is right


@pytest.mark.parametrize(
    ("accept", "answer", "right"),
    [
        (("[0-9]{4}",), "2024", True),
        (("[0-9]{4}",), "year 2024", False),
        (("[0-9]{4}",), " 2024\n", True),
        (("[0-9]{4}", "[a-z]+"), "year", True),
        ((r"(a)\1",), "aa", False),
        (("(",), "(", False),
        ((), "4202", False),
        (("\ud800",), "x", False),
        ((".",), "\ud800", False),
    ],
)
def test_regex_is_matched_by_the_whole_answer(accept, answer, right):
    row = make_row(answer="1999", match="regex", accept=accept)
    assert judge(row, said(answer)) is right


def test_under_regex_the_expected_answer_is_text_and_no_pattern():
    row = make_row(answer="a.c", match="regex", accept=())
    assert judge(row, said("a.c"))
    assert not judge(row, said("abc"))


@given(st.sampled_from(MATCHES), ANY, ANY, st.lists(ANY, max_size=3), st.booleans())
def test_any_texts_are_judged_under_every_rule(match, expected, answer, accept, stopped):
    row = make_row(answer=expected, match=match, accept=tuple(accept))
    assert judge(row, said(answer, stopped=stopped)) in (True, False)
    assert prefix_matches(row, said(answer, stopped=stopped)) in (True, False)


@given(st.sampled_from([match for match in MATCHES if match != "regex"]), ANY, ANY)
def test_what_is_accepted_is_right_as_it_is_written(match, expected, other):
    row = make_row(answer=expected, match=match, accept=("x", other))
    assert judge(row, said(other))


@given(st.sampled_from(["exact", "number", "json"]), ANY | SPELLINGS, ANY | SPELLINGS)
def test_two_answers_are_each_right_for_the_other_or_neither_is(match, one, other):
    there = judge(make_row(answer=one, match=match), said(other))
    back = judge(make_row(answer=other, match=match), said(one))
    assert there == back


@given(st.sampled_from(MATCHES), ANY | SPELLINGS, ANY | SPELLINGS, blanks, blanks)
def test_white_space_around_an_answer_never_counts(match, expected, answer, before, after):
    plain = judge(make_row(answer=expected, match=match), said(answer))
    assert plain == judge(make_row(answer=expected, match=match), said(before + answer + after))
    assert plain == judge(make_row(answer=before + expected + after, match=match), said(answer))


def test_levels_of_json_beyond_what_is_read_are_compared_as_text():
    deep = "[" * 5_000 + "]" * 5_000
    row = make_row(answer="[1]", match="json", accept=(deep,))
    assert judge(row, said(deep))
    assert not judge(row, said(deep.replace("][", "] [") + "]"))
    assert not judge(row, said("[" * 5_000))


@pytest.mark.parametrize(("match", "reader"), [("json", "document"), ("regex", "matches")])
def test_a_long_answer_is_given_to_no_parser(match, reader, monkeypatch):
    lengths = []

    def counted(*texts):
        lengths.extend(map(len, texts))

    monkeypatch.setattr(score, reader, counted)
    row = make_row(answer="[1]", match=match, accept=("(a+)+$",))
    assert not judge(row, said("9" * (score.LONGEST + 1)))
    assert lengths == []


HOSTILE = """
from engram.lab.score import LONGEST, judge
from tests.lab.factories import make_row, said
patterns = ("(a+)+$", "(a|a)*b", "(?:[ab]*a[ab]{900})", r"(\\pL{1000}){1000}", "((a?){500}){2}")
answers = [piece * 10**6 for piece in ("a", "[", '{"a":', "9", "1,", "\\x00", "\\ud800", '"')]
answers += [answer[:LONGEST] for answer in answers] + ["a" * (LONGEST - 1) + "!", "1e" + "9" * 300]
for match in MATCHES:
    for answer in answers:
        judge(make_row(answer="[1]", match=match, accept=patterns), said(answer))
"""


def test_hostile_answers_and_patterns_come_to_an_end():
    # A second or two: what backtracks, recurses or computes 1e999999999 does not end at all.
    program = HOSTILE.replace("MATCHES", repr(MATCHES))
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300)
