"""Bars that stretch with the page: horizontal scales in percent of their own width."""

from __future__ import annotations

from collections.abc import Sequence

from engram.core.results import Rate, Summary
from engram.report.html.element import Html, el

LANE = 10  # pixels, of which a bar fills most
GAP = 5
CAP = 3  # the ends of an interval


def pair(base: Rate | None, tuned: Rate | None) -> Html:
    """Two bars from 0 to 100 %, base above tuned, each with its interval.

    Decoration: the figures stand beside it as text.
    """
    return _scale(
        [*_rate(base, "base", 0), *_rate(tuned, "tuned", LANE + GAP)], height=2 * LANE + GAP
    )


def spread(found: Summary, most: float, side: str) -> Html:
    """Where times lie from 0 to ``most``: min to max, the median, and p95 as a dot."""
    middle = LANE / 2
    share = 100 / most if most else 0
    return _scale(
        [
            _line(found.min * share, found.max * share, middle, f"range {side}"),
            _bar(0, found.median * share, 0, f"bar {side}"),
            el("circle", cx=_percent(found.p95 * share), cy=middle, r=2.5, class_=f"dot {side}"),
        ],
        height=LANE,
    )


def _rate(rate: Rate | None, side: str, top: float) -> list[Html]:
    if rate is None or rate.accuracy is None:
        return [_bar(0, 100, top, "track none")]
    parts = [_bar(0, 100, top, "track"), _bar(0, 100 * rate.accuracy, top, f"bar {side}")]
    if rate.ci95:
        low, high = (100 * end for end in rate.ci95)
        middle = top + LANE / 2
        # Drawn broad in the colour of the paper and then narrow, it stands out from any bar.
        for kind in ("halo", "whisker"):
            parts.append(_line(low, high, middle, kind))
            parts += [_upright(end, middle, kind) for end in (low, high)]
    return parts


def _scale(parts: Sequence[Html], height: float) -> Html:
    return el("svg", *parts, class_="bars", width="100%", height=height, aria_hidden="true")


def _bar(start: float, end: float, top: float, kind: str) -> Html:
    return el(
        "rect",
        x=_percent(start),
        y=top,
        width=_percent(max(end - start, 0)),
        height=LANE,
        class_=kind,
    )


def _line(start: float, end: float, y: float, kind: str) -> Html:
    return el("line", x1=_percent(start), x2=_percent(end), y1=y, y2=y, class_=kind)


def _upright(x: float, y: float, kind: str) -> Html:
    return el("line", x1=_percent(x), x2=_percent(x), y1=y - CAP, y2=y + CAP, class_=kind)


def _percent(value: float) -> str:
    return f"{value:.2f}%"
