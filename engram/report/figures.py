"""Figures as people read them, each with its n."""

from __future__ import annotations

from engram.core.build import ProbeName
from engram.core.results import Change, Rate

NONE = "-"

PROBE_TITLES: dict[ProbeName, str] = {
    "recall": "recall",
    "variant": "variant",
    "variant_template": "variant (template)",
    "novel": "novel",
}
PROBE_QUESTIONS: dict[ProbeName, str] = {
    "recall": "prompts that were trained on",
    "variant": "unseen wordings, by an author, of trained patterns",
    "variant_template": "unseen wordings, from a template, of trained patterns",
    "novel": "patterns whose whole group was held out",
}


def percent(share: float | None) -> str:
    """``99.6%``. Only what is all or nothing reads 100.0% or 0.0%."""
    if share is None:
        return NONE
    tenths = round(share * 1000)
    if 0 < share < 1:
        tenths = min(max(tenths, 1), 999)
    return f"{tenths / 10:.1f}%"


def rate_of(rate: Rate | None) -> str:
    """``99.6% of 269``: the share, and of how many groups."""
    return f"{percent(rate.accuracy)} of {rate.n}" if rate and rate.n else NONE


def interval_of(ends: tuple[float, float] | None) -> str:
    """``97.9 - 99.9``: a 95 % interval, in percent."""
    return f"{100 * ends[0]:.1f} - {100 * ends[1]:.1f}" if ends else ""


def points(change: Change) -> str:
    """``+87.6``: by how many percentage points the same groups changed."""
    if not change.n:
        return NONE
    difference = 100 * (change.tuned_correct - change.base_correct) / change.n
    return f"{difference:+.1f}" if round(difference, 1) else "0.0"


def p_value(p: float | None) -> str:
    """``0.031``, or ``<0.001``; nothing flipped, nothing to test: ``-``."""
    if p is None:
        return NONE
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def decimal(value: float | None, places: int = 2) -> str:
    """A plain number, or ``-`` where there is none."""
    return NONE if value is None else f"{value:.{places}f}"
