"""A file vouches for itself: under its own name, and only with every byte as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engram.compiler.seal import BLANK, is_sealed, sealed

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS, TEXTS)
def test_what_is_sealed_is_known_by_its_name_and_by_no_other(before: str, after: str) -> None:
    data = sealed(f"{before}{BLANK}{after}", "README.md")
    assert is_sealed(data, "README.md")
    assert not is_sealed(data, "croissant.json")


@given(TEXTS, TEXTS, st.data())
def test_any_flipped_bit_breaks_the_seal(before: str, after: str, data: st.DataObject) -> None:
    whole = bytearray(sealed(f"{before}{BLANK}{after}", "README.md"))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert not is_sealed(bytes(whole), "README.md")


@given(TEXTS)
def test_a_text_that_speaks_of_seals_does_not_confuse_them(text: str) -> None:
    whole = sealed(f"{BLANK} {text} {BLANK}\n", "README.md")
    assert is_sealed(whole, "README.md")
    assert not is_sealed(whole.replace(BLANK.encode(), b"", 1), "README.md")


@given(st.binary())
def test_bytes_that_nobody_sealed_are_not(data: bytes) -> None:
    assert not is_sealed(data, "README.md")
