from __future__ import annotations

import json
import sys
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.core import values
from engram.core.values import DEEPEST, LONGEST_NUMBER, document, number

# Whatever a model or a stranger may write: NUL, halves of surrogate pairs, every plane.
ANY = st.text(st.characters(exclude_categories=()))
NUMERIC = st.text(
    st.sampled_from("0123456789.,eE/+-\N{MINUS SIGN}\N{ARABIC-INDIC DIGIT TWO}½ \u00a0\x00"),
    max_size=12,
)
BRACKETS = st.text(st.sampled_from('[]{}",:\\ 1a'), max_size=40)
WRITTEN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), ANY
)
TREES = st.recursive(
    WRITTEN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY, inner, max_size=4),
    max_leaves=12,
)


def read(text):
    """What both readers make of a text; a ValueError is an answer, too."""
    found = []
    for reader in (number, document):
        try:
            found.append(reader(text))
        except ValueError:
            found.append(None)
    return found


@given(ANY | NUMERIC | BRACKETS)
def test_any_text_is_read_or_refused(text):
    found, _ = read(text)
    assert found is None or isinstance(found, Fraction)


MEGABYTES = [piece * 10**6 for piece in ("[", '{"a":', "1,", '"', '"\\')]


@pytest.mark.parametrize(
    "text",
    [*MEGABYTES, "1/" + "9" * 10**6, "[1e999999999", "\x00", "", "\ud800"],
    ids=lambda text: ascii(text[:12]),
)
def test_what_is_hostile_is_refused_by_both(text):
    assert read(text) == [None, None]


@pytest.mark.parametrize("text", ["9" * 10**6, "1e999999999", "-1e-999999999"])
def test_what_has_too_many_digits_is_json_but_not_computed(text):
    assert read(text) == [None, ("number", text)]


def test_a_long_text_is_not_tried_as_a_number(monkeypatch):
    tried = []

    class Counting:
        def fullmatch(self, text):
            tried.append(len(text))

    monkeypatch.setattr(values, "_NUMBER", Counting())
    for text in ("9" * 10**6, "9" * LONGEST_NUMBER, " " * 10**6 + "9" * (LONGEST_NUMBER + 1)):
        with pytest.raises(ValueError, match="not a number"):
            number(text)
    assert tried == [LONGEST_NUMBER]


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**12))
def test_a_number_is_exact_however_it_is_written(top, bottom):
    assert number(str(top)) == number(f"{top:,}") == number(f"{top}.000") == top
    assert number(f"{top}/{bottom}") == Fraction(top, bottom)
    assert number(f"{top}e-7") == Fraction(top, 10**7)


@pytest.mark.parametrize("text", ["1,000", "1000", "+1000.0", "1e3", "10e+2", "2000/2", " 1000\n"])
def test_a_thousand_is_a_thousand(text):
    assert number(text) == 1000


GROUPED = "0,123 00,123 1,00 10,24 1,0000 ,100 1,000, 1.000,5 1_000"
UNFINISHED = "5. . --5 1e 1e1000 1/0 1/0.0 1/-2 0x19 NaN Infinity -inf 25mm $5 5%"
DIGITS = "\N{ARABIC-INDIC DIGIT TWO} \N{FULLWIDTH DIGIT TWO} ½ ² \N{ROMAN NUMERAL TWELVE} 1\x00"


@pytest.mark.parametrize(
    "text",
    [*GROUPED.split(), *UNFINISHED.split(), *DIGITS.split(), "1 000", "9" * 5_000],
    ids=lambda text: ascii(text[:12]),
)
def test_what_only_looks_like_a_number_is_none(text):
    with pytest.raises(ValueError, match=r"not a number|division by zero"):
        number(text)


@given(TREES, st.sampled_from([None, 0, 3]), st.booleans())
def test_json_is_the_same_in_any_layout_and_order_of_keys(tree, indent, ascii_only):
    plain = json.dumps(tree)
    other = json.dumps(backwards(tree), indent=indent, ensure_ascii=ascii_only)
    assert document(plain) == document(other)


def backwards(tree):
    """The same value with its keys in the other order."""
    if isinstance(tree, dict):
        return {key: backwards(tree[key]) for key in reversed(tree)}
    return [backwards(one) for one in tree] if isinstance(tree, list) else tree


@given(TREES, TREES)
def test_json_of_other_values_is_other_json(one, other):
    assert (document(json.dumps(one)) == document(json.dumps(other))) == same(one, other)


def same(one, other):
    """Equality by the definition of JSON: a boolean is no number, and keys have no order."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other


@pytest.mark.parametrize("digits", ["1e1000", "-1e999999999", "9" * 5_000, "0.5e-5000"])
def test_a_number_that_is_too_long_equals_itself_as_it_is_written(digits):
    text = f'{{"a": {digits}, "b": 1}}'
    assert document(text) == document(f'{{"b":1.0,"a":{digits}}}')
    assert document(text) != document(text.replace(digits, digits + "0"))
    assert document(digits) != document(json.dumps(digits))


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", "[-Infinity]", "[1,]", "{'a': 1}", "\ufeff1"]
)
def test_what_only_python_takes_for_json_is_none(text):
    with pytest.raises(ValueError, match=r"JSON|Expecting|BOM|Illegal"):
        document(text)


@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"[": ', "}")])
def test_json_has_so_many_levels_and_no_more(start, end):
    deep = [start * levels + "1" + end * levels for levels in (DEEPEST, DEEPEST + 1)]
    assert document(deep[0]) == document(f" {deep[0]} ")
    with pytest.raises(ValueError, match="too deeply"):
        document(deep[1])


@given(st.text(st.sampled_from('[]{}"\\'), max_size=400))
def test_brackets_in_a_string_are_no_levels(text):
    assert document(json.dumps([text])) == [text]


def test_what_json_means_does_not_depend_on_who_asks():
    text = "[" * DEEPEST + "]" * DEEPEST

    def asked_from(levels):
        return asked_from(levels - 1) if levels else document(text) == document(text + " ")

    assert asked_from(sys.getrecursionlimit() // 2)
