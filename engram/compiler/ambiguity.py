"""Expressions that match one text in exponentially many ways.

engram's own engine takes linear time whatever the expression. But rows carry their expressions to
other readers, and a backtracking engine tries all of those ways before it says no.

An expression is looked at as the automaton of its positions (Glushkov). It is exponentially
ambiguous if and only if there are a state and a word with two different paths from that state to
itself (Weber and Seidl, "On the degree of ambiguity of finite automata", 1991), which shows in the
graph of pairs of states. Anchors are taken for nothing, and long repetitions for endless ones.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import product
from typing import Any, NamedTuple

# More positions than this are not looked at: pairs are many. A repetition up to so often is short.
MOST_POSITIONS = 20
MOST_CHARACTERS = 1_000
SHORT = 8

_SAMPLES = frozenset(map(chr, range(128))) | frozenset("\u00a0é٣λ中")
_Chars = frozenset[str]


class _Part(NamedTuple):
    """A part of an expression, in ways: to match nothing, to begin and to end at a position."""

    empty: int
    first: Counter[int]
    last: Counter[int]


class _TooMuch(Exception):
    """The expression is too large to look at, or not one that Python would run."""


def suspect(expression: str) -> Automaton | None:
    """The automaton of an expression that may be ambiguous; None if it is not, or not looked at."""
    if len(expression) > MOST_CHARACTERS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _parser().parse(expression)
        if not _has_nested_choice(tree, within=False):
            return None
        automaton = Automaton()
        automaton.of(tree)
    except (_TooMuch, re.error, OverflowError, RecursionError):
        return None
    return automaton


@cache
def _parser() -> Any:
    try:
        return import_module("re._parser")
    except ModuleNotFoundError:  # Python 3.10
        return import_module("sre_parse")


def _has_nested_choice(tree: Any, *, within: bool) -> bool:
    """Whether there is a repetition or an alternative within an endless repetition."""
    for operator, value in tree:
        name = str(operator)
        endless = name.endswith("REPEAT") and value[1] > SHORT
        if within and (name.endswith("REPEAT") or name == "BRANCH"):
            return True
        if any(_has_nested_choice(part, within=within or endless) for part in _parts(name, value)):
            return True
    return False


def _parts(name: str, value: Any) -> list[Any]:
    if name == "BRANCH":
        return list(value[1])
    if name.endswith("REPEAT"):
        return [value[2]]
    return [value[-1]] if name == "SUBPATTERN" else []


class Automaton:
    """The positions of an expression: what each takes, and in how many ways one follows another."""

    def __init__(self) -> None:
        self.chars: list[_Chars] = []
        self.follow: list[Counter[int]] = []

    def of(self, tree: Any) -> _Part:
        """The part that a sequence is."""
        whole = _Part(1, Counter(), Counter())
        for operator, value in tree:
            whole = self._then(whole, self._item(str(operator), value))
        return whole

    def _item(self, name: str, value: Any) -> _Part:
        if name == "AT":
            return _Part(1, Counter(), Counter())
        if name == "BRANCH":
            parts = [self.of(part) for part in value[1]]
            first: Counter[int] = sum((part.first for part in parts), Counter())
            last: Counter[int] = sum((part.last for part in parts), Counter())
            return _Part(sum(part.empty for part in parts), first, last)
        if name == "SUBPATTERN":
            return self.of(value[-1])
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, body = value
            part = self.of(body)
            if most > SHORT:
                self._join(part.last, part.first)
            return part._replace(empty=max(part.empty, 1)) if least == 0 else part
        return self._position(_taken(name, value))

    def _position(self, chars: _Chars) -> _Part:
        place = len(self.chars)
        if place == MOST_POSITIONS:
            raise _TooMuch
        self.chars.append(chars)
        self.follow.append(Counter())
        return _Part(0, Counter((place,)), Counter((place,)))

    def _then(self, one: _Part, other: _Part) -> _Part:
        self._join(one.last, other.first)
        return _Part(
            one.empty * other.empty,
            one.first + _times(one.empty, other.first),
            other.last + _times(other.empty, one.last),
        )

    def _join(self, last: Counter[int], first: Counter[int]) -> None:
        for (end, ends), (start, starts) in product(last.items(), first.items()):
            self.follow[end][start] += ends * starts

    def is_exponential(self) -> bool:
        """Whether two different paths lead from a state to itself with one word."""
        for state, after in enumerate(self.follow):
            if any(ways > 1 and state in self._reached(other) for other, ways in after.items()):
                return True
        onwards: dict[tuple[int, int], set[tuple[int, int]]] = {}
        for state in range(len(self.chars)):
            self._explore((state, state), onwards)
        return any(
            one != other and _leads_back((one, other), onwards) for one, other in list(onwards)
        )

    def _reached(self, start: int) -> set[int]:
        found, ahead = {start}, [start]
        while ahead:
            for state in self.follow[ahead.pop()]:
                if state not in found:
                    found.add(state)
                    ahead.append(state)
        return found

    def _explore(
        self, start: tuple[int, int], onwards: dict[tuple[int, int], set[tuple[int, int]]]
    ) -> None:
        ahead = [start]
        while ahead:
            pair = ahead.pop()
            if pair not in onwards:
                onwards[pair] = set(self._next(*pair))
                ahead += onwards[pair]

    def _next(self, one: int, other: int) -> Iterator[tuple[int, int]]:
        for a, b in product(self.follow[one], self.follow[other]):
            if not self.chars[a].isdisjoint(self.chars[b]):
                yield (a, b)


def _times(ways: int, counts: Counter[int]) -> Counter[int]:
    # Two ways are as bad as any number, and numbers multiply fast.
    return Counter({place: min(ways * count, 2) for place, count in counts.items() if ways})


def _leads_back(
    pair: tuple[int, int], onwards: dict[tuple[int, int], set[tuple[int, int]]]
) -> bool:
    """Whether a state leads to the two states of ``pair`` with one word, and they back to it."""
    found, ahead = {pair}, [pair]
    while ahead:
        for other in onwards[ahead.pop()]:
            if other not in found:
                found.add(other)
                ahead.append(other)
    return any(one == other and pair in _all_from((one, one), onwards) for one, other in found)


def _all_from(
    start: tuple[int, int], onwards: dict[tuple[int, int], set[tuple[int, int]]]
) -> set[tuple[int, int]]:
    found, ahead = {start}, [start]
    while ahead:
        new = onwards[ahead.pop()] - found
        found |= new
        ahead += new
    return found


def _taken(name: str, value: Any) -> _Chars:
    """The samples that one position takes."""
    if name == "LITERAL":
        return frozenset((chr(value),))
    if name == "NOT_LITERAL":
        return _SAMPLES - {chr(value)}
    if name == "ANY":
        return _SAMPLES - {"\n"}
    if name == "IN":
        negated = str(value[0][0]) == "NEGATE"
        taken: _Chars = frozenset().union(*(_of_set(str(n), v) for n, v in value[negated:]))
        return _SAMPLES - taken if negated else taken
    raise _TooMuch


def _of_set(name: str, value: Any) -> _Chars:
    if name == "RANGE":
        low, high = value
        ends = {chr(low), chr(high)}
        return frozenset(char for char in _SAMPLES if low <= ord(char) <= high) | ends
    if name == "CATEGORY":
        return _CATEGORIES[str(value)]
    return _taken(name, value)


_CATEGORIES = {
    "CATEGORY_DIGIT": frozenset(filter(str.isdigit, _SAMPLES)),
    "CATEGORY_SPACE": frozenset(filter(str.isspace, _SAMPLES)),
    "CATEGORY_WORD": frozenset(char for char in _SAMPLES if char.isalnum() or char == "_"),
}
_CATEGORIES |= {
    name.replace("CATEGORY_", "CATEGORY_NOT_"): _SAMPLES - taken
    for name, taken in list(_CATEGORIES.items())
}
