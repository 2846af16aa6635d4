"""Expressions that hang a backtracking engine are told from those that only look like it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.compiler import lint, validate
from engram.compiler.ambiguity import suspect
from tests.compiler.factories import corpus, pattern, write_corpora

# fmt: off
SLOW = [
    r"(a+)+$", r"(a*)*b", r"([a-z]+)*x", r"(a|a)*b", r"(a|ab|b)*c", r"(\w+\s?)*!", r"(.*,)*x",
    r"(a*b*)*c", r"^(\d+,?)+$", r"(x+x+)+y", r"(?:a|b|ab)+c", r"([\w.]+)+@", r"(a{0,50}){0,50}b",
    r"(?:\s*\w+\s*)*;", r"('[^']*'|\d+)*", r"((a|b?)+)+", r"(?i)(?:[a-c]+|[b-d]+)*e",
]
QUICK = [
    r"a+b+", r"(ab)+", r"(\w+\s)*x", r"(a|b)*c", r"[0-9]{4}-[0-9]{2}", r"\d{1,3}(?:,\d{3})*",
    r".*x.*",
    r"a*a*b", r"(a+b)*", r"(?i)paris|rome", r"^\s*\w+\s*$", r"(foo|bar)+", r"(\d+,)*\d+",
    r"(a?){3}",
    r"x", r"", r"(?:[^,]*,)*x", r"('[^']*'|\d)*", r"\s*(\w+)\s*=\s*(\w+)", r"(a+,)+(b+,)+",
    r"\p{L}+",
    r"(unclosed", r"(?P<n>a)(?P=n)+",
]
# fmt: on


def hangs(expression: str) -> bool:
    automaton = suspect(expression)
    return automaton is not None and automaton.is_exponential()


@pytest.mark.parametrize("expression", SLOW)
def test_expressions_with_exponentially_many_ways_are_found(expression: str) -> None:
    assert hangs(expression)


@pytest.mark.parametrize("expression", QUICK)
def test_expressions_with_few_ways_are_left_alone(expression: str) -> None:
    assert not hangs(expression)


@given(st.text(st.sampled_from("ab|*+?()[]^$\\d{},1.")) | st.text())
def test_no_expression_is_too_odd_to_look_at(expression: str) -> None:
    assert hangs(expression) in (True, False)


def test_a_slow_expression_is_told_where_it_stands_and_only_for_regexes(tmp_path: Path) -> None:
    slow = pattern(1, output="aa", match="regex", accept=["a+", "(a+)+"])
    text = pattern(2, accept=["(a+)+"])
    found = validate([write_corpora(tmp_path, corpus([slow, text]))])
    (finding,) = (f for f in found if f.code == "ENG319")
    assert finding.message == "'(a+)+' can match one text in exponentially many ways"


def test_only_so_many_suspicious_expressions_are_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint, "MOST_JUDGED", 2)
    slow = [pattern(n, output="aa", match="regex", accept=[f"(a+)+|{n}"]) for n in range(5)]
    found = validate([write_corpora(tmp_path, corpus(slow))])
    assert sum(finding.code == "ENG319" for finding in found) == 2
