"""One row of a file that is imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# Told of bytes read and bytes in all; of rows read and 0 where the bytes are not known.
Progress = Callable[[int, int], None]
# After so many rows progress is told.
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the line (or row of a Parquet file) where it begins, its bytes, and what it says.

    ``data`` is None if it says nothing that can be understood; ``fault`` then says why.
    """

    line: int
    content: bytes
    data: Mapping[str, Any] | None
    fault: str = ""


def unwatched(_done: int, _total: int) -> None:
    """Progress that nobody looks at."""
