"""Gates for a terminal of 80 columns: what was asked, what was measured, and whether it is met."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

from engram.core.gate import Verdict
from engram.report.figures import NONE
from engram.report.screen import Screen
from engram.report.text import counted

FEWEST_DIGITS = 4


def verdicts_table(verdicts: Sequence[Verdict], screen: Screen) -> str:
    """Every gate with its figure, bound, measured value and n, and how many are missed."""
    table = tabulate(
        [_line(verdict, screen) for verdict in verdicts],
        headers=["gate", "bound", "measured", "n", ""],
        tablefmt="simple",
        colalign=["left", "left", "right", "right", "left"],
        disable_numparse=True,
    )
    missed = sum(not verdict.met for verdict in verdicts)
    all_of = counted(len(verdicts), "gate")
    told = f"{missed} of {all_of} missed." if missed else f"{all_of} met."
    return f"{table}\n\n{told}"


def _line(verdict: Verdict, screen: Screen) -> list[str]:
    gate = verdict.gate
    bound = str(gate).removeprefix(gate.measure).strip()
    if verdict.met:
        outcome = screen.paint("met", fg="green")
    else:
        why = f": {verdict.reason}" if verdict.reason else ""
        outcome = screen.paint("missed", fg="red", bold=True) + why
    return [gate.measure, bound, _shown(verdict), str(verdict.n), outcome]


def _shown(verdict: Verdict) -> str:
    """The value in as few digits as still are on the side of the bound where the value is."""
    value, bound = verdict.measured, verdict.gate.bound
    if value is None:
        return NONE
    for digits in range(FEWEST_DIGITS, 17):
        text = f"{value:.{digits}g}"
        if _side(float(text), bound) == _side(value, bound):
            return _plain(text)
    return repr(value)


def _side(value: float, bound: float) -> tuple[bool, bool]:
    return value < bound, value > bound


def _plain(text: str) -> str:
    """``1236``, not ``1.236e+03``."""
    return f"{float(text):.0f}" if "e+" in text and float(text) < 1e9 else text
