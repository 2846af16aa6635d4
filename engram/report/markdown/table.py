"""One Markdown table, from cells that are already escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_RULES = {"l": "---", "r": "---:"}


def table(headers: Sequence[str], align: str, rows: Iterable[Sequence[str]]) -> str:
    """The table; ``align`` has an ``l`` or an ``r`` for each column."""
    lines = [headers, [_RULES[side] for side in align], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
