"""What plain scalars mean to YAML 1.2, and what they would have meant to its readers before."""

from __future__ import annotations

from typing import Any

import pytest

from engram.files.yaml_scalars import Odd, Retyped, kind_of, older_kind, resolve


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (Odd("a date"), "a date"),
        (None, "empty (null)"),
        (True, "a truth value"),
        (1, "a whole number"),
        (1.5, "a number"),
        ("x", "text"),
        ([], "a list"),
        ([1], "a list"),
        ({}, "a mapping"),
    ],
)
def test_every_kind_of_value_has_a_name_in_the_words_of_its_author(data: Any, words: str) -> None:
    assert kind_of(data) == words


def test_whole_numbers_of_up_to_fifteen_digits_are_read() -> None:
    assert resolve("9" * 15) == Retyped(int("9" * 15))
    assert resolve("9" * 16) == Retyped(Odd("a whole number"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("yes", "a truth value"),
        ("Off", "a truth value"),
        ("12:30", "a number to the base of 60"),
        ("1_000", "a number"),
        ("<<", "a key that merges or stands for a value"),
        ("", ""),
        ("maybe", ""),
        ("year", ""),
        ("1" * 40, "a number"),
        ("1" * 41, ""),
    ],
)
def test_what_older_readers_took_for_something_else_is_known(text: str, kind: str) -> None:
    assert older_kind(text) == kind
