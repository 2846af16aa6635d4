"""Canonical JSON and JSON lines: one spelling, and the same lines for every reader."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from engram.files.canonical import canonical, digest, digest_of
from engram.files.jsonl import dumped, spelt, spelt_lines, split_lines

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_canonical_json_is_json_and_has_one_spelling(value: object) -> None:
    data = canonical(value)
    assert json.loads(data) == value
    assert canonical(json.loads(data)) == data


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) == digest(b'{"a":1,"b":2}')


@given(st.lists(st.dictionaries(st.text(), st.text(), max_size=3), max_size=4))
def test_json_lines_survive_any_text(records: list[dict[str, str]]) -> None:
    data = spelt_lines(map(dumped, records))
    assert data.isascii()
    assert [json.loads(line) for line in split_lines(data)] == records
    assert len(data.decode().splitlines()) == len(records)


@given(st.text())
def test_a_text_by_itself_is_spelt_as_it_is_in_a_record(text: str) -> None:
    assert dumped({"a": text}) == f'{{"a": {spelt(text)}}}'
