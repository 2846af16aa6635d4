"""Gates: what a report has to show for a run to count as good, and whether it does."""

from __future__ import annotations

from typing import Literal

from engram.core.noun import Float, Noun

Operator = Literal[">=", ">", "<=", "<", "=="]


class Gate(Noun):
    """A figure of the report with its bound: ``recall >= 0.99``.

    ``lower`` asks it of the lower end of the figure's 95 % interval, so that few groups that all
    came out right by luck are not enough.
    """

    figure: str
    lower: bool = False
    operator: Operator
    bound: Float

    @property
    def measure(self) -> str:
        """What is measured, as it is written in a gate."""
        return f"lower({self.figure})" if self.lower else self.figure

    def __str__(self) -> str:
        short = f"{self.bound:g}"
        bound = short if float(short) == self.bound else repr(self.bound)
        return f"{self.measure} {self.operator} {bound}"


class Verdict(Noun):
    """A gate and what was measured, on ``n``; ``reason`` says why nothing was."""

    gate: Gate
    measured: Float | None
    n: int
    met: bool
    reason: str = ""
