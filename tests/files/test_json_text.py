"""JSON by the letter of RFC 8259, as plain data with positions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.files import json_text, yaml
from engram.files.fault import Position
from engram.files.json_text import parse
from engram.files.yaml_data import UNREAD

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
SCRAPS = st.sampled_from(
    [*'{}[]:,"\\ \n\t\r/#-.', '"a"', "null", "true", "1", "1e9", "NaN", "\\ud8"]
)


def test_every_key_and_value_has_a_position() -> None:
    parsed = parse('{"name": "x",\n "examples": [\n  {"input": "a", "tags": ["b",\n"c"]}]}')
    assert parsed.data == {"name": "x", "examples": [{"input": "a", "tags": ["b", "c"]}]}
    assert parsed.values[()] == Position(1, 1)
    assert parsed.keys[("examples",)] == Position(2, 2)
    assert parsed.values[("examples", 0)] == Position(3, 3)
    assert parsed.keys[("examples", 0, "tags")] == Position(3, 18)
    assert parsed.values[("examples", 0, "tags", 1)] == Position(4, 1)
    assert parsed.faults == ()


# fmt: off
BROKEN = [
    ("[1,]", 1, 3), ('{"a": 1,\n}', 2, 1), ('{"a" 1}', 1, 6), ("{a: 1}", 1, 2), ("['x']", 1, 2),
    ("[NaN]", 1, 2), ("[-Infinity]", 1, 2), ("[01]", 1, 2), ("[1.]", 1, 2), ("[.5]", 1, 2),
    ("[+1]", 1, 2), ("[0x1]", 1, 2), ("[True]", 1, 2), ("[1 2]", 1, 4), ("[1\n2]", 2, 1),
    ('"a', 1, 1), ('["a\tb"]', 1, 4), ('["a\n"]', 1, 4), ('["\\x"]', 1, 3), ('["\\u12g4"]', 1, 4),
    ("[1] x", 1, 5), ("[1]\n[2]", 2, 1), ("// x\n1", 1, 1), ("[1, # x\n2]", 1, 5), ("{,}", 1, 2),
    ("[,]", 1, 2), ("[", 1, 2), ("{", 1, 2), ('{"a"', 1, 5), ('{"a":', 1, 6), ("[1", 1, 3),
    ("[}", 1, 2), ("{]", 1, 2), ("]", 1, 1), ("[1}", 1, 3), ('{"a":}', 1, 6), ("\xa01", 1, 1),
]
# fmt: on


@pytest.mark.parametrize(("text", "line", "column"), BROKEN)
def test_what_is_not_json_is_a_fault_where_it_stands(text: str, line: int, column: int) -> None:
    parsed = parse(text)
    assert parsed.data is UNREAD
    assert [(fault.kind, fault.at) for fault in parsed.faults] == [("syntax", (line, column))]
    assert parsed.faults[0].help


def test_a_key_given_twice_is_a_fault_at_the_second() -> None:
    (fault,) = parse('{"a": 1,\n "\\u0061": 2}').faults
    assert (fault.kind, fault.at) == ("duplicate", (2, 2))


def test_half_of_a_surrogate_pair_is_a_fault_and_a_whole_one_a_character() -> None:
    parsed = parse('["\\ud83d\\ude00", "\\ud83d"]')
    assert parsed.data == ["\N{GRINNING FACE}", UNREAD]
    assert [(fault.kind, fault.at) for fault in parsed.faults] == [("character", (1, 18))]


def test_depth_and_size_have_limits_that_are_met_early() -> None:
    for text in ("[" * 1_000_000, '{"a":' * 1_000_000):
        assert [fault.kind for fault in parse(text).faults] == ["limit"]
    (fault,) = parse("[" + "0," * 400_000 + "0]").faults
    assert fault.kind == "limit"


def test_numbers_are_kept_as_written_and_long_ones_cost_nothing() -> None:
    parsed = parse(f'{{"a": 1e3, "b": {"9" * 100_000}, "c": -0.0}}')
    assert parsed.data["a"] == 1000.0
    assert parsed.written[("a",)] == "1e3"
    assert len(parsed.written[("b",)]) == 100_000


@given(VALUES, st.sampled_from([None, 0, 2]), st.booleans())
def test_what_json_writes_is_read_back(value: Any, indent: int | None, ascii_only: bool) -> None:
    parsed = parse(json.dumps(value, indent=indent, ensure_ascii=ascii_only))
    assert parsed.data == value
    assert parsed.faults == ()


@given(st.lists(SCRAPS, max_size=12).map("".join) | st.text(max_size=20))
def test_any_text_ends_in_what_json_reads_or_in_a_located_fault(text: str) -> None:
    parsed = parse(text)
    assert all(fault.at and fault.message for fault in parsed.faults)
    try:
        known = json.loads(text)
    except ValueError:
        assert parsed.faults or not text.strip(" \t\r\n")
    else:
        assert parsed.faults or parsed.data == known


@given(VALUES)
def test_json_and_yaml_of_one_value_are_one(value: Any) -> None:
    text = json.dumps({"a": value})
    if "\\ud" not in text and yaml.parse(text).faults == ():
        assert json_text.parse(text) == yaml.parse(text)
