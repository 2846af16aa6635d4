"""YAML as plain data with positions, and a place for everything that is refused."""

from __future__ import annotations

import pytest

from engram.core.config import DEFAULT_LIMITS
from engram.files.fault import Position
from engram.files.yaml import parse
from engram.files.yaml_data import UNREAD
from engram.files.yaml_scalars import Odd


def test_every_key_and_value_has_a_position() -> None:
    parsed = parse('name: x\nexamples:\n  - input: "a"\n    tags: [b, c]\n')
    assert parsed.data == {"name": "x", "examples": [{"input": "a", "tags": ["b", "c"]}]}
    assert parsed.values[()] == Position(1, 1)
    assert parsed.keys[("examples", 0, "tags")] == Position(4, 5)
    assert parsed.values[("examples", 0)] == Position(3, 5)
    assert parsed.values[("examples", 0, "input")] == Position(3, 12)
    assert parsed.values[("examples", 0, "tags", 1)] == Position(4, 15)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("404", 404),
        ("-7", -7),
        ("0o17", 15),
        ("0xff", 255),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("2024-01-15", Odd("a date")),
        ("2024-99-99", Odd("a date")),
        ("2001-12-14t21:59:43.10-05:00", Odd("a date")),
        ("9" * 5000, Odd("a whole number")),
        (".inf", Odd("a number")),
        (".nan", Odd("a number")),
    ],
)
def test_plain_scalars_that_are_not_text_are_known_and_kept_as_written(
    text: str, data: object
) -> None:
    parsed = parse(f"a: {text}\n")
    assert parsed.data == {"a": data}
    assert type(parsed.data["a"]) is type(data)
    assert parsed.written == {("a",): text}


@pytest.mark.parametrize("text", ["no", "on", "yes", "12:30", "1_000", "0b1", "1.2.3", "- x"[2:]])
def test_yaml_1_2_takes_these_for_text(text: str) -> None:
    assert parse(f"a: {text}\n").data == {"a": text}


def test_quoted_scalars_are_text_and_block_scalars_are_remembered() -> None:
    parsed = parse("a: \"404\"\nb: 'true'\nc: |\n  x\nd: >-\n  y\n  z\n")
    assert parsed.data == {"a": "404", "b": "true", "c": "x\n", "d": "y z"}
    assert parsed.written == {}
    assert parsed.blocks == {("c",), ("d",)}


@pytest.mark.parametrize(
    ("text", "kind", "at"),
    [
        ("a: &x 1\n", "refused", (1, 4)),
        ("a: *x\n", "refused", (1, 4)),
        ("a: !!str 1\n", "refused", (1, 4)),
        ("<<: 1\n", "refused", (1, 1)),
        ("%YAML 1.1\n---\na: 1\n", "refused", (1, 1)),
        ("# head\n%FOO\n---\na: 1\n", "refused", (2, 1)),
        ("a: 1\n---\nb: 2\n", "refused", (2, 1)),
        ("? [a]\n: 1\n", "refused", (1, 3)),
        ("a: 1\nb: 2\na: 3\n", "duplicate", (3, 1)),
        ('1: a\n"1": b\n', "duplicate", (2, 1)),
        ("a: [1\n", "syntax", (1, 4)),
        ("a: b: c\n", "syntax", (1, 5)),
        ("a:\n\t- b\n", "syntax", (2, 1)),
        ('a: "\\ud800"\n', "character", (1, 4)),
        ("a: " + "[" * 100_000, "limit", (1, 3 + DEFAULT_LIMITS.depth)),
    ],
)
def test_what_is_refused_has_a_kind_and_a_position(
    text: str, kind: str, at: tuple[int, int]
) -> None:
    fault = parse(text).faults[0]
    assert (fault.kind, fault.at) == (kind, Position(*at))


def test_one_fault_does_not_hide_the_next() -> None:
    parsed = parse("a: &x 1\nb: *x\nc: !y 2\nd: ok\nd: ok\n")
    kinds = [fault.kind for fault in parsed.faults]
    assert kinds == ["refused", "refused", "refused", "duplicate"]
    assert parsed.data["b"] is UNREAD
    assert parsed.data["d"] == "ok"


def test_the_number_of_values_is_limited() -> None:
    parsed = parse("- a\n" * (DEFAULT_LIMITS.nodes + 1))
    assert parsed.data is UNREAD
    assert [fault.kind for fault in parsed.faults] == ["limit"]


@pytest.mark.parametrize(
    "bomb",
    [
        "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(50)),
        "a: &a\n  <<: *a\n",
        "&a [*a]\n",
        "{a: " * 50_000,
        "- " * 50_000,
        "? " * 50_000,
        "a: " + "!" * 10_000,
        '"' + "a" * 200_000,
        "'" * 100_001,
        "a: |" + "\n" * 100_000,
    ],
)
def test_bombs_end_in_a_fault_or_in_data(bomb: str) -> None:
    parsed = parse(bomb)
    assert parsed.faults or parsed.data is not UNREAD


@pytest.mark.parametrize(
    ("text", "commented"),
    [
        ("a: b # c", {("a",)}),
        ("a: b\n  c # d", {("a",)}),
        ("a: [b # c\n, d]", {("a", 0)}),
        ("- b # c\n- d", {(0,)}),
        ("a: b#c", set()),
        ("a: 'b' # c", set()),
        ("a: 'b # c'", set()),
        ("a: |\n  b # c", set()),
        ("a: b\n# c", set()),
        ("a: b\n\n  # c", set()),
        ("a: 1 # c", set()),
        ("a: # c", set()),
    ],
)
def test_texts_that_a_comment_follows_are_told(text: str, commented: set[object]) -> None:
    assert parse(text).commented.keys() == commented


OLDER = "no Yes on OFF y N 12:30 12:30:00 -1:30:00.5 1_000 1_000.5 0b11 << ="


@pytest.mark.parametrize("text", OLDER.split())
def test_texts_that_older_readers_retype_are_told(text: str) -> None:
    assert parse(f"a: {text}").data == {"a": text}
    assert set(parse(f"a: {text}").older) == {("a",)}
    assert parse(f"a: '{text}'").older == {}


@pytest.mark.parametrize("text", ["nope", "one", "1.2.3", "12:70", "a=b", "1st", "0b12", "no way"])
def test_texts_that_are_text_to_every_reader_are_not_told(text: str) -> None:
    assert parse(f"a: {text}").older == {}
