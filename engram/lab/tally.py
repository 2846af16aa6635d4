"""From judged answers to figures. What is counted are groups, since rows of one are correlated."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from engram.core.build import PROBE_NAMES, PatternSite, ProbeName, Row, probe_name
from engram.core.results import (
    Answer,
    CategoryRate,
    Change,
    Rate,
)
from engram.lab import stats
from engram.lab.score import judge, prefix_matches

Sites = Mapping[str, PatternSite]
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Judged:
    """A row, what was said to it, and how that was judged."""

    row: Row
    group: str
    answer: Answer
    correct: bool
    prefix: bool

    @property
    def probe(self) -> ProbeName:
        return probe_name(self.row.probe, self.row.phrasing)


def judge_all(rows: Sequence[Row], answers: Sequence[Answer], sites: Sites) -> list[Judged]:
    """Every row with its answer, judged, in the order asked. ValueError for unequal lengths."""
    return [
        Judged(row, sites[row.pattern].group, said, judge(row, said), prefix_matches(row, said))
        for row, said in zip(rows, answers, strict=True)
    ]


def rate(judged: Iterable[Judged]) -> Rate:
    """The share of groups whose every row here is right."""
    items = list(judged)
    groups = _by(items, lambda item: item.group).values()
    n = len(groups)
    correct = sum(all(item.correct for item in group) for group in groups)
    prefixed = sum(all(item.prefix for item in group) for group in groups)
    return Rate(
        n=n,
        correct=correct,
        accuracy=correct / n if n else None,
        ci95=stats.wilson(correct, n),
        prefix_match=prefixed / n if n else None,
        rows=len(items),
        rows_correct=sum(item.correct for item in items),
    )


def overall(judged: Iterable[Judged]) -> Rate:
    """The rate on what test.jsonl asks: held-out wordings and patterns, nothing trained."""
    return rate(item for item in judged if item.row.probe != "recall")


def by_probe(judged: Iterable[Judged]) -> dict[ProbeName, Rate]:
    """The rate on each of the four probes, asked or not."""
    found = _by(judged, lambda item: item.probe)
    return {name: rate(found.get(name, ())) for name in PROBE_NAMES}


def by_category(judged: Iterable[Judged]) -> dict[str, CategoryRate]:
    """The rate on each category, names in order; trained rows count only under their own probe."""
    found = _by(judged, lambda item: item.row.category)
    return {
        name: CategoryRate(**overall(found[name]).model_dump(), probes=by_probe(found[name]))
        for name in sorted(found)
    }


def change(base: Iterable[Judged], tuned: Iterable[Judged]) -> Change:
    """What flipped, over the rows that both sides were asked, by group."""
    before = {item.row.id: item for item in base}
    after = {item.row.id: item for item in tuned}
    both = before.keys() & after.keys()
    found = stats.flips(
        _right_groups(before[row] for row in both), _right_groups(after[row] for row in both)
    )
    return Change(
        n=found.n,
        base_correct=found.before,
        tuned_correct=found.now,
        gained=found.gained,
        lost=found.lost,
        p=found.p,
    )


def changes(base: Iterable[Judged], tuned: Iterable[Judged]) -> dict[ProbeName, Change]:
    """What flipped on each of the four probes."""
    before, after = (_by(side, lambda item: item.probe) for side in (base, tuned))
    return {name: change(before.get(name, ()), after.get(name, ())) for name in PROBE_NAMES}


def phrasing_consistency(judged: Iterable[Judged]) -> tuple[int, float | None]:
    """How many patterns were asked twice or more, and the mean agreement of their answers."""
    patterns = _by(judged, lambda item: item.row.pattern).values()
    rates = [
        stats.same_answer_rate([item.answer.text for item in items])
        for items in patterns
        if len(items) > 1
    ]
    return len(rates), statistics.fmean(rates) if rates else None


def _right_groups(judged: Iterable[Judged]) -> dict[str, bool]:
    groups = _by(judged, lambda item: item.group)
    return {name: all(item.correct for item in items) for name, items in groups.items()}


def _by(judged: Iterable[Judged], key: Callable[[Judged], Key]) -> dict[Key, list[Judged]]:
    found: dict[Key, list[Judged]] = defaultdict(list)
    for item in judged:
        found[key(item)].append(item)
    return dict(found)
