"""What each limit lets through and what it stops, to the unit; and what is refused, wherever."""

from __future__ import annotations

import pytest

from engram.core.config import Limits
from engram.files.fault import Position
from engram.files.yaml import parse
from engram.files.yaml_data import UNREAD


def test_a_text_of_just_the_limit_is_data_and_one_more_is_a_fault_that_names_the_setting() -> None:
    limits = Limits(scalar=5)
    assert parse("a: bbbbb\n", limits).data == {"a": "bbbbb"}
    parsed = parse("a: bbbbbb\nc: d\n", limits)
    assert parsed.data == {"a": UNREAD, "c": "d"}
    assert parsed.faults[0].message == "a text of 6 characters is over the limit of 5"
    assert parsed.faults[0].at == Position(1, 4)
    assert "`scalar` under [tool.engram.limits]" in parsed.faults[0].help


def test_a_key_over_the_limit_ends_the_parse() -> None:
    parsed = parse("bbbbbb: 1\n", Limits(scalar=5))
    assert parsed.data is UNREAD
    assert parsed.faults[0].message == "a key of 6 characters is over the limit of 5"
    assert parse("bbbbb: 1\n", Limits(scalar=5)).faults == ()


@pytest.mark.parametrize("text", ["a: [b, c]\n", "a:\n  b: c\n", "- a\n- b\n- c\n- d\n"])
def test_keys_values_and_what_holds_them_are_counted(text: str) -> None:
    nodes = 5
    assert parse(text, Limits(nodes=nodes)).faults == ()
    parsed = parse(text, Limits(nodes=nodes - 1))
    assert parsed.faults[-1].message == "holds more than 4 keys and values"
    assert "`nodes`" in parsed.faults[-1].help


def test_what_the_slow_parser_reads_is_counted_apart() -> None:
    text = "a: {b: c}\n"
    assert parse(text, Limits(slow_nodes=5)).faults == ()
    fault = parse(text, Limits(slow_nodes=4)).faults[-1]
    assert fault.message == "holds more than 4 keys and values that the slow parser must read"
    assert "`slow_nodes`" in fault.help
    assert "`nodes`" in parse(text, Limits(slow_nodes=4, nodes=4)).faults[-1].help


def test_so_many_levels_are_allowed_and_no_more() -> None:
    limits = Limits(depth=3)
    assert parse("a: [[b]]\n", limits).faults == ()
    fault = parse("a: [[[b]]]\n", limits).faults[-1]
    assert (fault.message, fault.at) == ("is nested deeper than 3 levels", Position(1, 6))


def test_what_follows_a_list_or_a_mapping_is_beside_it() -> None:
    text = "a:\n  - b: c\n    d: e\n  - f\ng: h\n"
    assert parse(text).data == {"a": [{"b": "c", "d": "e"}, "f"], "g": "h"}


@pytest.mark.parametrize("mark", ["&m", "!m"])
@pytest.mark.parametrize("text", ["M a: b\n", "a: M b\n", "a: M [b]\n", "a: M {b: c}\n", "- M a\n"])
def test_anchors_and_tags_are_refused_on_keys_values_lists_and_mappings(
    mark: str, text: str
) -> None:
    faults = parse(text.replace("M", mark)).faults
    assert [fault.kind for fault in faults] == ["refused"]


def test_a_tagged_value_is_not_read_and_an_anchored_one_is() -> None:
    assert parse("a: !m b\n").data == {"a": UNREAD}
    assert parse("a: &m b\n").data == {"a": "b"}


def test_an_alias_may_stand_for_a_key_without_hiding_what_follows() -> None:
    parsed = parse("*a : b\nc: c\nc: d\n")
    assert [fault.kind for fault in parsed.faults] == ["refused", "duplicate"]


def test_a_long_key_that_is_there_twice_is_cut_in_the_message() -> None:
    for length, shown in ((40, "'" + "k" * 40 + "'"), (41, "'" + "k" * 40 + "...'")):
        key = "k" * length
        (fault,) = parse(f"{key}: 1\n{key}: 2\n").faults
        assert fault.message == f"the key {shown} is here twice; it first stands in line 1"


def test_a_large_text_is_judged_where_the_trouble_is() -> None:
    good = "".join(f"- input: 'q{n}'\n  output: b\n" for n in range(400))
    limits = Limits(slow_chars=4_000)
    assert parse(good, limits).faults == ()
    (fault,) = parse(f"{good}- input: 'q\n", limits).faults
    assert (fault.kind, fault.at and fault.at.line) == ("syntax", 801)
    (fault,) = parse(f"{good}- &a input: q\n{good}", limits).faults
    assert (fault.kind, fault.at) == ("refused", Position(801, 3))


def test_a_large_text_that_only_the_slow_parser_can_judge_is_over_a_limit() -> None:
    text = "".join(f"- {{input: q{n}}}\n" for n in range(400))
    (fault,) = parse(text, Limits(slow_chars=4_000)).faults
    assert (fault.kind, fault.at) == ("limit", Position(1, 1))
    assert "`slow_chars`" in fault.help
    assert parse(text).faults == ()


def test_letters_beyond_ascii_are_letters_in_keys_and_values() -> None:
    parsed = parse('größe: "weiß"\n日本: 語\n')
    assert (parsed.data, parsed.faults) == ({"größe": "weiß", "日本": "語"}, ())


def test_half_of_a_surrogate_pair_is_refused_where_it_stands() -> None:
    parsed = parse('a: "é\\ud800"\nb: c\n')
    assert parsed.data == {"a": UNREAD, "b": "c"}
    assert [(fault.kind, fault.at) for fault in parsed.faults] == [("character", Position(1, 4))]
    parsed = parse('"\\udfff": a\n')
    assert parsed.data is UNREAD
    assert [(fault.kind, fault.at) for fault in parsed.faults] == [("character", Position(1, 1))]


def test_a_value_that_is_not_there_stands_at_its_key_or_its_list() -> None:
    parsed = parse("a: b\nc:\nd:\n  -\n  - e\n")
    assert parsed.data == {"a": "b", "c": None, "d": [None, "e"]}
    assert parsed.values[("c",)] == Position(2, 1)
    assert parsed.values[("d", 0)] == parsed.values[("d",)] == Position(4, 3)
    assert parsed.values[("d", 1)] == Position(5, 5)
    assert parse("a: ''\n").values[("a",)] == Position(1, 4)


def test_a_quoted_merge_key_is_a_key() -> None:
    assert parse('"<<": a\n').data == {"<<": "a"}
    assert parse("<<: a\n").faults[0].kind == "refused"
