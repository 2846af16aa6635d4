"""What is read line by line is what the Python parser makes of it, and nothing strange is read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.core.config import DEFAULT_LIMITS, Limits
from engram.files import yaml_lines
from engram.files.yaml_data import Parsed
from engram.files.yaml_events import pure_events
from engram.files.yaml_parsers import walk
from engram.files.yaml_walker import Walker
from tests.files.test_yaml_parsers import SCRAPS, documents

ROOT = Path(__file__).parents[2]

# fmt: off
USUAL = [
    "a", "a b",
    "a  b", '"a"', '"a \\" b\\\\"', '"\\n\\t"', "'a'", "'it''s'", "''", '""', "404", "-1",
    "true", "null", "~", "2024-01-15", "1e3", "yes", "0x1f", ".5", "a:b", "a#b", "a #b", "a :b",
    "'a' # c", "a # c", "[]", "[ ]", "[a]", "[ a, 'b' ,\"c\" ]", "[a b, 1, true]", "[a] # c", "(a)",
    "<a>", "<<", "=", "é", "😀 x", "\u3000a\u3000", "\\", "a\\nb", "-a", "a:# b", "a" * 120,
    "x y" * 60,
]
STRANGE = [
    "a\t", "a\tb", "[a,]", "[,a]", "[a b  c]", "[a, [b]]", "[a: b]", "[a]b", '["a]", b]', "['#']",
    "[-a]", "{}", "|", ">", "&a b", "*a", "!a b", "@a", "`a", "%a", "- a", "--- a", "?a", "? a",
    "\xa0", '"\\x41"', '"\\u00e9"', '"a', "'a", "a: b", "a:", ":", '"a" b', '"a"#b', "'a'b", "#",
    " # c", "a\u2028b", "a\u2029", "a\ufeffb", "'a\u2028'", "[a\u2028]",
]
KEYS = ["a", "b", "c_d", "e-f", "_", "input", "output", "true", "tags"]
STRANGE_KEYS = ["a b", '"a"', "1", "<<", "é"]
VALUES = st.sampled_from(USUAL + STRANGE)
UNREAD = [
    "", "\n", "# c\n", "a\n", "a:\n", "a: 1\na: 2\n", "a: b\n  c\n", "a: &x b\n", "a: *x\n",
    "<<: a\n",
    "%YAML 1.2\n---\na: b\n", "---\na: b\n", "a: b\n...\n", "a: |\n  b\n", "a: {b: c}\n", "a:\tb\n",
    "a: b\x85\n", 'a: "\\ud800"\n', "a: \ud800\n", "- a\nb: c\n", "a: b\n c: d\n", "a:\nb: c\n",
    "a: - b\n", "- - a\n", "a: b: c\n", 'a: "b\n', "a: b\r\n", "? a\n: b\n", "a: [b\n", "a: !t b\n",
    "a: b\u2028\n", "a: 'b\u2029'\n", "a: [b]# c\n", "a# c\n", "- a# c: d\n", "a:# c\n",
]
PARTS = [
    " ", "a", '"', "'", '\\"', "''", "a ", " :", " #", ": ", "- ", "[", "[ ", ",", "a,", '"",',
    "''' ",
    "é ", "\n", "\n ", "- a\n", " a: b\n",
]
SLIPS = [
    "", " ", "  ", "\n", "\n  ", "\t", "\r", "\x00", "\x7f", "\x85", "\xa0", "\u2028", "\u2029",
    "\u3000", "\ufeff", "\ufffe", "#", " #", "# ", ":", ": ", "-", "- ", "? ", "'", '"', "''", "\\",
    ",", "[", "]", "{", "}", "|", ">", "&", "*", "!", "%", "@", "`", "=", "<<", "---\n", "...\n",
]
# fmt: on


def by_parser(text: str, limits: Limits = DEFAULT_LIMITS) -> Parsed:
    return walk(pure_events(text), Walker(limits, text))


def assert_same(text: str, limits: Limits = DEFAULT_LIMITS) -> None:
    found = yaml_lines.read(text, limits)
    if found is not None:
        expected = by_parser(text, limits)
        assert found == expected
        # Of the same types, too, and in the same order.
        assert repr(found) == repr(expected)


@st.composite
def layouts(draw: st.DrawFn) -> str:
    """Mappings and lists in one another, mostly laid out as they must be."""
    lines: list[str] = []
    slips = draw(st.sampled_from([0, 0, 1]))
    values = st.sampled_from(USUAL + STRANGE * slips)
    offsets = st.sampled_from([0] * 12 + [1, -1] * slips)

    def block(indent: int, depth: int) -> None:
        dashes = draw(st.booleans())
        keys = draw(st.permutations(KEYS + STRANGE_KEYS * slips))
        for key in keys[: draw(st.integers(1, 3))]:
            pad = " " * max(0, indent + draw(offsets))
            mark = draw(st.sampled_from(["- ", "- ", "-   "] + ["-"] * slips)) if dashes else ""
            name = f"{key}:" if not dashes or draw(st.booleans()) else ""
            if name and depth and draw(st.booleans()):
                lines.append(f"{pad}{mark}{name}{draw(st.sampled_from(['', ' ', ' # c']))}")
                block(indent + len(mark) + draw(st.sampled_from([2, 2, 4])), depth - 1)
            else:
                lines.append(f"{pad}{mark}{name}{' ' if name else ''}{draw(values)}")
            lines.extend(draw(st.sampled_from([[], [], [], [""], ["  "], ["# c"], ["   # c"]])))

    block(0, 2)
    return "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n", "\n# c"]))


@given(layouts())
def test_both_ways_lead_to_the_same_document(text: str) -> None:
    assert_same(text)


@st.composite
def mistyped(draw: st.DrawFn) -> str:
    """Such layouts, in which a few characters are something else, or something is put between."""
    text = draw(layouts())
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(SLIPS)) + text[at + draw(st.integers(0, 2)) :]
    return text


@given(mistyped())
def test_what_is_mistyped_is_read_alike_or_not_at_all(text: str) -> None:
    assert_same(text)


@given(documents())
def test_both_ways_lead_to_the_same_corpus(text: str) -> None:
    assert_same(text)


@given(st.lists(SCRAPS, max_size=10).map("".join))
def test_scraps_are_read_alike_or_not_at_all(text: str) -> None:
    assert_same(text)


@given(st.sampled_from(KEYS + STRANGE_KEYS), VALUES)
def test_every_value_is_read_alike_or_not_at_all(key: str, value: str) -> None:
    assert_same(f"{key}: {value}\n")
    assert_same(f"a:\n- {value}\n- b: {value}\n")


@given(layouts(), st.integers(1, 12), st.integers(1, 4), st.integers(1, 6))
def test_what_is_over_a_limit_is_left_to_the_parsers(
    text: str, nodes: int, depth: int, scalar: int
) -> None:
    assert_same(text, Limits(nodes=nodes, depth=depth, scalar=scalar))


@pytest.mark.parametrize("path", sorted((ROOT / "corpora").glob("*.yaml")), ids=lambda p: p.name)
def test_the_corpora_that_ship_are_read_line_by_line(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert yaml_lines.read(text, DEFAULT_LIMITS) == by_parser(text)


def test_what_people_write_is_read_line_by_line() -> None:
    text = (
        "# yaml-language-server: $schema=../schemas/corpus.v1.json\n"
        "name: facts    # the name\n"
        "phrasings: [\"Answer this: {input}\", 'Say: {input}']\n"
        "tags: [geography, 2nd class]\n\n"
        "examples:\n"
        "  # the first\n"
        '  - input: "Q: What is\\nthis?"\n'
        "    variants:\n"
        "    - Which is it?\n"
        "    - 'It''s what?'\n"
        "    output: 404\n"
        "  -   input: a:b#c (d) # e\n"
        "      output: no\n"
    )
    found = yaml_lines.read(text, DEFAULT_LIMITS)
    assert found == by_parser(text)
    assert found.data["examples"][0]["variants"] == ["Which is it?", "It's what?"]
    assert found.commented == {("name",): "facts", ("examples", 1, "input"): "a:b#c (d)"}
    assert found.older == {("examples", 1, "output"): "no"}
    assert found.written == {("examples", 0, "output"): "404"}


@pytest.mark.parametrize("text", UNREAD)
def test_what_is_strange_or_wrong_is_not_read(text: str) -> None:
    assert yaml_lines.read(text, DEFAULT_LIMITS) is None


@pytest.mark.parametrize("part", PARTS)
def test_no_repetition_takes_long(part: str) -> None:
    for start, end in (("a: ", ""), ("a: [", "]"), ('a: "', '"\n'), ("", "\x00"), ("a: [", "\x00")):
        text = start + part * (400_000 // len(part)) + end
        began = time.process_time()
        yaml_lines.read(text, DEFAULT_LIMITS)
        assert time.process_time() - began < 2
