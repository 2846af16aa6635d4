"""The line that a finding is about, with a mark below its column."""

from __future__ import annotations

from itertools import accumulate

from engram.report.text import ELLIPSIS, visible, width

TAB = "    "


def excerpt(line: str, column: int, room: int, *, ellipsis: str = ELLIPSIS) -> tuple[str, int]:
    """What of a line to show in so many columns of a terminal, and the mark's distance from there.

    ``column`` counts characters of the line from 1 and is always within what is shown. A tab is
    four blanks wide, and what cannot be seen is an escape. At least 20 columns are used.
    """
    room = max(room, 20)
    column = min(column, len(line) + 1)
    # A screen has no room for more, whatever the characters are.
    first = max(column - 1 - room, 0)
    cells = [TAB if char == "\t" else visible(char) for char in line[first : column + 8 * room]]
    ends = list(accumulate(map(width, cells)))
    at = min(max(column - 1 - first, 0), len(cells))
    before = ends[at - 1] if at else 0
    if first == 0 and len(line) == len(cells) and (ends[-1] if ends else 0) <= room:
        return "".join(cells).rstrip(), before
    return _window(cells, at, room, ellipsis, cut=first > 0)


def _window(cells: list[str], at: int, room: int, ellipsis: str, *, cut: bool) -> tuple[str, int]:
    """As many cells around the one at ``at`` as there is room for, two thirds of it before it."""
    start, used = at, 0
    while start and used + width(cells[start - 1]) <= (2 * room) // 3 - len(ellipsis):
        start -= 1
        used += width(cells[start])
    head = ellipsis if cut or start else ""
    mark = width(head) + used
    end, total = at, mark
    while end < len(cells) and total + width(cells[end]) <= room - width(ellipsis):
        total += width(cells[end])
        end += 1
    tail = ellipsis if end < len(cells) else ""
    return (head + "".join(cells[start:end]) + tail).rstrip(), mark
