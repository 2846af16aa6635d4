"""Was an answer right? Pure functions of a row and what a model said to it.

White space around an answer never counts. An answer that ran into the length limit was cut: what
follows is unknown, so only ``prefix`` can be right without the stop token.

    exact   the expected answer, or one in ``accept``
    prefix  begins with one of them
    number  has the value of one of them: ``1,024`` is ``1024.0``, ``0.5`` is ``1/2``
    json    is the same JSON value as one of them
    regex   the expected answer, or wholly matches a pattern in ``accept``
    judge:NAME  is to that judge, of another distribution, as good as one of them

What was trained is right under every rule, even where it cannot be read as a number or as JSON; so
is what stands in ``accept``, as it is written, but for patterns.
"""

from __future__ import annotations

from collections.abc import Callable

from engram.core.build import Row
from engram.core.judges import judge_name, load_judge
from engram.core.regex import UnusableRegex, matches
from engram.core.results import Answer
from engram.core.values import document, number

# Answers are tens of characters long. Parsers and patterns are not tried on anything beyond this.
LONGEST = 10_000

Rule = Callable[[str, str], bool]


def judge(row: Row, answer: Answer) -> bool:
    """Whether the answer is right by the row's ``match``."""
    if not answer.stopped and row.match != "prefix":
        return False
    said = answer.text.strip()
    name = judge_name(row.match)
    rule = load_judge(name) if name else RULES[row.match]
    return said == row.answer.strip() or any(rule(right, said) for right in _rights(row))


def prefix_matches(row: Row, answer: Answer) -> bool:
    """Whether the answer starts with the expected one, both stripped, wherever it goes on to."""
    return _begins(row.answer, answer.text.strip())


def _rights(row: Row) -> tuple[str, ...]:
    """What the rule compares with: under ``regex``, patterns only; the expected answer is none."""
    return row.accept if row.match == "regex" else (row.answer, *row.accept)


def _begins(right: str, said: str) -> bool:
    # Every text starts with the empty one; a blank expectation is met by silence alone.
    return said.startswith(right.strip()) if right.strip() else not said


def _equal(right: str, said: str) -> bool:
    return said == right.strip()


def _same_number(right: str, said: str) -> bool:
    try:
        return number(said) == number(right)
    except ValueError:
        return _equal(right, said)


def _same_json(right: str, said: str) -> bool:
    if len(said) > LONGEST:
        return _equal(right, said)
    try:
        return document(said) == document(right.strip())
    except ValueError:
        return _equal(right, said)


def _pattern(right: str, said: str) -> bool:
    try:
        return len(said) <= LONGEST and matches(right, said)
    except UnusableRegex:
        return False


RULES: dict[str, Rule] = {
    "exact": _equal,
    "prefix": _begins,
    "number": _same_number,
    "json": _same_json,
    "regex": _pattern,
}
