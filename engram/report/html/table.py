"""Tables that a screen reader can follow, and that become a list of cards on a phone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engram.report.html.element import Html, el, join


def table(
    caption: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    kind: str = "figures",
) -> Html:
    """A table whose first column names its rows. ``kind`` is a class of style.css."""
    return el(
        "table",
        el("caption", caption),
        el("thead", el("tr", *(el("th", name, scope="col") for name in headers))),
        el("tbody", *(_row(headers, cells) for cells in rows)),
        class_=kind,
    )


def _row(headers: Sequence[str], cells: Sequence[str]) -> Html:
    # On a phone every cell stands on a line of its own, after the name of its column.
    labelled = zip(headers[1:], cells[1:], strict=True)
    return el(
        "tr",
        el("th", cells[0], scope="row"),
        *(el("td", cell, data_label=name or None) for name, cell in labelled),
    )


def lines(*parts: str | None) -> Html:
    """A cell of a few lines: the figure first, and smaller below it what it rests on."""
    first, *rest = [part for part in parts if part]
    return join(first, *(el("small", part) for part in rest))
