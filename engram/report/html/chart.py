"""Line charts as inline SVG, with axes, units and words for whoever cannot see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from engram.report.html.axis import Axis
from engram.report.html.element import Html, el, join

WIDTH, HEIGHT = 480, 300
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 40, 46  # what axes and legend take of it
TICK = 6
SWATCH = 22

Point = tuple[float, float | None]


class Series(NamedTuple):
    """One line. A point without a value is a gap; ``dots`` marks the points."""

    name: str
    kind: str
    points: Sequence[Point]
    dots: bool = False


class Scale(NamedTuple):
    """An axis, what it measures, and how its ticks are written."""

    title: str
    axis: Axis
    write: Callable[[float], str]


def chart(name: str, title: str, told: str, x: Scale, y: Scale, series: Sequence[Series]) -> Html:
    """A figure with its caption. ``name`` is unique on the page; ``told`` says what is seen."""
    drawn = [one for one in series if any(value is not None for _, value in one.points)]
    plot = el(
        "svg",
        el("title", title, id=f"{name}-title"),
        el("desc", told, id=f"{name}-told"),
        *_across(x),
        *_up(y),
        *_legend(drawn),
        *(line for one in drawn for line in _drawn(one, x.axis, y.axis)),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        class_="chart",
        role="img",
        aria_labelledby=f"{name}-title {name}-told",
    )
    return el("figure", el("figcaption", title), plot, id=name)


def _across(x: Scale) -> Iterator[Html]:
    """The axis at the bottom."""
    floor = HEIGHT - BOTTOM
    yield _line(LEFT, floor, WIDTH - RIGHT, floor, "axis")
    for tick in x.axis.ticks:
        place = _x(x.axis, tick)
        yield _line(place, floor, place, floor + TICK, "axis")
        yield _words(x.write(tick), place, floor + 22, "middle")
    yield _words(x.title, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 5, "middle", "unit")


def _up(y: Scale) -> Iterator[Html]:
    """The axis at the left, its title above it, where it need not be turned."""
    for tick in y.axis.ticks:
        place = _y(y.axis, tick)
        yield _line(LEFT, place, WIDTH - RIGHT, place, "grid")
        yield _words(y.write(tick), LEFT - 8, place + 5, "end")
    yield _words(y.title, LEFT - 8, 16, "start", "unit", shift=-(LEFT - 12))


def _legend(series: Sequence[Series]) -> Iterator[Html]:
    """The names of the lines, at the upper right, each after a piece of its line."""
    # As wide as letters get on a phone, where they are larger.
    widths = [SWATCH + 6 + 9.2 * len(one.name) for one in series]
    place = WIDTH - RIGHT - sum(widths) - 14 * (len(widths) - 1)
    for one, taken in zip(series, widths):
        yield _line(place, 12, place + SWATCH, 12, f"line {one.kind}")
        yield _words(one.name, place + SWATCH + 6, 16, "start")
        place += taken + 14


def _drawn(series: Series, x: Axis, y: Axis) -> Iterator[Html]:
    for piece in _pieces(series.points):
        places = [(_x(x, across), _y(y, up)) for across, up in piece]
        path = " ".join(f"{left:.1f},{top:.1f}" for left, top in places)
        yield el("polyline", points=path, class_=f"line {series.kind}")
        if series.dots or len(places) == 1:
            for left, top in places:
                yield el("circle", cx=left, cy=top, r=3.2, class_=f"dot {series.kind}")


def _pieces(points: Iterable[Point]) -> Iterator[list[tuple[float, float]]]:
    """Runs of points that have a value."""
    piece: list[tuple[float, float]] = []
    for across, up in points:
        if up is None:
            if piece:
                yield piece
            piece = []
        else:
            piece.append((across, up))
    if piece:
        yield piece


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.at(value) * (WIDTH - LEFT - RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.at(value) * (HEIGHT - TOP - BOTTOM)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Html:
    return el("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def _words(
    words: str, x: float, y: float, anchor: str, kind: str | None = None, shift: float = 0
) -> Html:
    return el("text", join(words), x=x + shift, y=y, text_anchor=anchor, class_=kind)
