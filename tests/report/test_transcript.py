"""The demonstration as text that stays the same while the answers do."""

from __future__ import annotations

from typing import Any
from unicodedata import category

from hypothesis import given
from hypothesis import strategies as st

from engram.core.results import Exchange
from engram.report.transcript import transcript

texts = st.text(alphabet=st.characters(), max_size=80)


def make_exchange(**fields: Any) -> Exchange:
    values = {
        "title": "recall",
        "prompt": "Q: A?\nA:",
        "expected": "yes",
        "base": "no\tno",
        "tuned": "yes",
        "base_correct": False,
        "tuned_correct": True,
        "base_stopped": False,
        **fields,
    }
    return Exchange(**values)


def test_it_has_a_line_for_each_thing() -> None:
    other = make_exchange(
        title="not in the build", expected=None, base_correct=None, tuned_correct=None
    )
    assert transcript([make_exchange(), other]).split("\n") == [
        r"prompt: Q: A?\nA:",
        "from: recall",
        "expected: yes",
        r"base (wrong, cut): no\tno",
        "tuned (right): yes",
        "",
        r"prompt: Q: A?\nA:",
        "from: not in the build",
        r"base (cut): no\tno",
        "tuned: yes",
    ]


def test_times_are_not_in_it() -> None:
    assert transcript([make_exchange(base_ms=1.0)]) == transcript([make_exchange(base_ms=2.0)])


@given(texts, texts, texts)
def test_no_text_makes_another_line_or_moves_a_cursor(prompt: str, base: str, tuned: str) -> None:
    lines = transcript([make_exchange(prompt=prompt, base=base, tuned=tuned)]).split("\n")
    assert len(lines) == 5
    assert not {category(char) for line in lines for char in line} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
