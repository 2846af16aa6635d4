"""Two reports compared, on the very rows that both adapters were asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from engram.core.build import PROBE_NAMES
from engram.core.compared import Compared, Contestant, Flip, NotCompared, Paired
from engram.core.difference import Difference
from engram.core.results import Answered, Report
from engram.lab.stats import flips
from engram.report.mistakes import reading_order

Pair = tuple[Answered, Answered]

# What may differ beside the recipe and the settings.
LINKS = ("build_id", "model", "model_digest", "tokenizer_digest", "backend", "dtype")


def compare(a: Report, b: Report, builds: Difference | None = None) -> Compared:
    """What flipped from the tuned model of ``a`` to that of ``b``, probe by probe."""
    before, after = _asked(a), _asked(b)
    both = [(before[row], after[row]) for row in after if row in before]
    pairs = [pair for pair in both if _question(pair[0]) == _question(pair[1])]
    return Compared(
        a=_contestant(a),
        b=_contestant(b),
        differ=dict(_differences(a, b)),
        rows=len(pairs),
        not_compared=NotCompared(
            only_a=len(before.keys() - after.keys()),
            only_b=len(after.keys() - before.keys()),
            changed=len(both) - len(pairs),
        ),
        probes={
            name: paired(pair for pair in pairs if pair[1].probe == name) for name in PROBE_NAMES
        },
        flips=tuple(sorted(_flips(pairs), key=_order)),
        builds=builds,
    )


def paired(pairs: Iterable[Pair]) -> Paired:
    """The groups of these rows, counted by who has all of a group right. Groups are B's."""
    was: dict[str, bool] = defaultdict(lambda: True)
    now: dict[str, bool] = defaultdict(lambda: True)
    for before, after in pairs:
        was[after.group] &= bool(before.tuned_correct)
        now[after.group] &= bool(after.tuned_correct)
    found = flips(was, now)
    return Paired(
        n=found.n,
        a_correct=found.before,
        b_correct=found.now,
        gained=found.gained,
        lost=found.lost,
        p=found.p,
    )


def _asked(report: Report) -> dict[str, Answered]:
    """The rows that the tuned model was asked. A row's id digests its pattern and its prompt."""
    return {one.row: one for one in report.answers if one.tuned is not None}


def _question(answered: Answered) -> tuple[str, str, str]:
    return answered.probe, answered.prompt, answered.expected


def _contestant(report: Report) -> Contestant:
    chain = report.chain
    return Contestant(
        run_id=chain.run_id,
        build_id=chain.build_id,
        model=chain.model,
        preset=report.recipe.preset,
    )


def _differences(a: Report, b: Report) -> Iterator[tuple[str, tuple[Any, Any]]]:
    then, now = _set_up(a), _set_up(b)
    for name in now:
        if then[name] != now[name]:
            yield name, (then[name], now[name])


def _set_up(report: Report) -> dict[str, Any]:
    """All that was chosen: the links of the chain, the recipe, and how it was judged."""
    links = {name: getattr(report.chain, name) for name in LINKS}
    recipe = report.recipe.model_dump(mode="json", exclude={"model"})
    settings = report.settings.model_dump(mode="json")
    return {
        "engram": report.engram,
        **links,
        **recipe,
        **{f"evaluation.{name}": value for name, value in settings.items()},
    }


def _flips(pairs: Iterable[Pair]) -> Iterator[Flip]:
    for before, after in pairs:
        if before.tuned is None or after.tuned is None:
            continue
        if before.tuned_correct != after.tuned_correct:
            yield Flip(
                **after.model_dump(include=set(Flip.model_fields) - {"a", "b"}),
                gained=bool(after.tuned_correct),
                a=before.tuned,
                b=after.tuned,
            )


def _order(flip: Flip) -> tuple[bool, tuple[str, int, int], str]:
    """What was lost comes first: it is what one looks for."""
    return flip.gained, reading_order(flip.place, flip.probe), flip.row
