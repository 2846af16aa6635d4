from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.files.canonical import digest_of, rank_of

NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(TEXTS | NUMBERS))
def test_a_rank_is_the_digest_of_the_canonical_list(parts):
    assert rank_of(*parts) == digest_of(parts)


@pytest.mark.parametrize("part", [2**53, -(2**53), "\ud800"])
def test_what_canonical_json_cannot_hold_has_no_rank(part):
    with pytest.raises(ValueError):  # noqa: PT011 - both reasons are ValueErrors
        rank_of(part)
