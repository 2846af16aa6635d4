"""Gates on a report: parsed before anything is computed, judged anew every time."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import NamedTuple, cast

from engram.core.errors import EngramError
from engram.core.gate import Gate, Operator, Verdict
from engram.core.results import Report
from engram.lab.figures import NOTHING, Figure, figures

HOLDS: dict[Operator, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}
HELP = """\
Write a figure, one of >=, >, <=, <, ==, and a number: --gate 'recall >= 0.99'
Figures: recall, variant, template, novel, overall, category.NAME, locality.top1
(for these also lower(recall)), locality.kl, locality.stored, consistency.sampling,
consistency.same_answer, consistency.phrasing, latency.answer_ms.p95,
latency.first_token_ms.median, tokens_per_second; change.recall, gained.recall,
lost.recall, and so for the other probes. base.recall is the base model's, and so on."""

_NAME = r"[^\s()<>=!]+"
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_GATE = re.compile(
    rf"\s*(?:(?P<end>{_NAME})\s*\(\s*(?P<of>{_NAME})\s*\)|(?P<name>{_NAME}))"
    rf"\s*(?P<operator>[<>=!]+)\s*(?P<bound>{_NUMBER})\s*(?P<percent>%?)\s*"
)


class Stated(NamedTuple):
    """A gate as a user wrote it, and where: ``--gate``, or a line of a file."""

    text: str
    place: str


def parse(stated: Iterable[Stated], categories: Iterable[str] = ()) -> tuple[Gate, ...]:
    """The gates that were stated, in order, each once. ``categories`` are those of the build.

    Raises EngramError with all mistakes at once.
    """
    known = figures(categories)
    found: dict[Gate, None] = {}
    faults = []
    for one in stated:
        result = _parsed(one.text, known)
        if isinstance(result, Gate):
            found[result] = None
        else:
            faults.append(f"{one.place} {one.text.strip()!r}: {result}")
    if faults:
        raise _refused(faults)
    return tuple(found)


def overridden(by: Sequence[Gate], gates: Sequence[Gate]) -> tuple[Gate, ...]:
    """``gates`` without those that measure what one of ``by`` does, and then ``by``."""
    measured = {gate.measure for gate in by}
    return (*(gate for gate in gates if gate.measure not in measured), *by)


def judge(report: Report, gates: Iterable[Gate]) -> tuple[Verdict, ...]:
    """Whether the report meets each of the gates. What was not measured meets none."""
    known = figures({*report.base.categories, *report.tuned.categories})
    return tuple(_judged(report, gate, known) for gate in gates)


def holds(value: float, gate: Gate) -> bool:
    """Whether a value is within the bound of a gate."""
    return HOLDS[gate.operator](value, gate.bound)


def _judged(report: Report, gate: Gate, known: Mapping[str, Figure]) -> Verdict:
    figure = known.get(gate.figure)
    measured = figure.read(report) if figure else NOTHING
    value = measured.low if gate.lower else measured.value
    if value is None:
        reason = "nothing of it was asked" if measured.n == 0 else "it was not measured"
        return Verdict(gate=gate, measured=None, n=measured.n, met=False, reason=reason)
    return Verdict(gate=gate, measured=value, n=measured.n, met=holds(value, gate))


def _parsed(text: str, known: Mapping[str, Figure]) -> Gate | str:
    """The gate that a text means, or what is wrong with it."""
    match = _GATE.fullmatch(text)
    if match is None:
        return _why_not(text)
    name, end, sign = match["name"] or match["of"], match["end"], match["operator"]
    if sign not in HOLDS:
        meant = {"=": "==", "=>": ">=", "=<": "<="}.get(sign)
        return f"there is no {sign!r}" + (f"; did you mean {meant!r}?" if meant else "")
    figure = known.get(name)
    if figure is None:
        return _unknown(name, known)
    if end not in (None, "lower"):
        return f"there is no {end}(...), only lower(...)"
    if end and not figure.interval:
        return f"{name} has no interval, and so no lower end"
    bound = _bound(match["bound"], figure, percent=bool(match["percent"]))
    if isinstance(bound, str):
        return bound
    return Gate(figure=name, lower=bool(end), operator=cast("Operator", sign), bound=bound)


def _bound(number: str, figure: Figure, *, percent: bool) -> float | str:
    if percent and figure.unit != "share":
        return f"a bound in {figure.unit} has no %"
    # As decimals, so that 99% is the very number that 0.99 is.
    value = float(Decimal(number).scaleb(-2 if percent else 0))
    if not math.isfinite(value):
        return f"{number} is too large"
    if figure.unit == "share" and not 0 <= value <= 1:
        return f"it is a share, so its bound is from 0 to 1, and 99 % is 0.99 or 99%, not {number}"
    return value


def _why_not(text: str) -> str:
    if not text.strip():
        return "is empty"
    if not re.search(r"[<>=]", text):
        # The shell takes `>` away, and a file is written that is called `=0.99`.
        return "has no bound; the shell takes > and < for its own unless the gate is in quotes"
    return "is no figure with an operator and a number after it"


def _unknown(name: str, known: Mapping[str, Figure]) -> str:
    # Categories by the dozen would crowd out everything else.
    close = get_close_matches(name, known, n=3, cutoff=0.6)
    advice = f"; did you mean {' or '.join(close)}?" if close else ""
    return f"there is no figure {name!r}{advice}"


def _refused(faults: Sequence[str]) -> EngramError:
    if len(faults) == 1:
        message = f"{faults[0]}."
    else:
        message = "\n  ".join([f"{len(faults)} gates mean nothing:", *faults])
    return EngramError(message, help=HELP)
