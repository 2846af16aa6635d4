"""What is written as YAML is read as exactly that."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from engram.files.yaml import parse
from engram.files.yaml_write import quoted, scalar

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS, TEXTS)
@example("\U0001f600 \u2028\u202e\ufeff\0\x85", " \t a \r\n\n")
@example("no", "404")
@example("null", "-")
@example("# not a comment", "a: b")
def test_a_text_survives_in_engrams_reader_and_in_another(text: str, other: str) -> None:
    written = f"- {quoted(text)}\n- {scalar(other)}\n- {scalar(text)}\n"
    parsed = parse(written)
    assert parsed.faults == ()
    assert parsed.data == [text, other, text]
    assert YAML(typ="safe", pure=True).load(io.StringIO(written)) == [text, other, text]


@given(TEXTS)
def test_a_text_is_one_line_of_characters_that_are_seen(text: str) -> None:
    written = quoted(text)
    assert len(written.splitlines()) == 1
    assert not set(written) & set("\u200b\u202e\u00a0\u3000\ufeff\x1b\x00")


@pytest.mark.parametrize("word", ["loop_idiom", "capitals", "iso-date", "A1"])
def test_a_plain_word_is_left_bare(word: str) -> None:
    assert scalar(word) == word


@pytest.mark.parametrize("word", ["true", "No", "1e3", "404", "", " a", "a b", "~", "a:", "é"])
def test_what_a_reader_could_retype_is_quoted(word: str) -> None:
    assert scalar(word) == f'"{word}"'


def test_half_of_a_surrogate_pair_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        quoted("\ud800")
