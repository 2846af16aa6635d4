"""What the terminal in use can show."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from typing import Any

import click

NARROWEST = 60
WIDEST = 120  # beyond this, the eye loses the line


@dataclass(frozen=True, slots=True)
class Screen:
    """A width in columns, and whether there are colours and characters beyond ASCII."""

    width: int = 80
    color: bool = True
    unicode: bool = True

    @classmethod
    def here(cls) -> Screen:
        """The terminal of this process; no colours where NO_COLOR is set (https://no-color.org)."""
        return cls(
            width=min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST),
            color=not os.environ.get("NO_COLOR"),
            unicode=_encodes("✓✗│─…", sys.stdout.encoding),
        )

    def paint(self, text: str, **style: Any) -> str:
        """The text in a style of ``click.style``, where there are colours."""
        return click.style(text, **style) if self.color else text


def _encodes(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
