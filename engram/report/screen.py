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
        """Standard output as it is: colours on a terminal, or as the environment says."""
        asked = wants_color()
        return cls(
            width=min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST),
            color=sys.stdout.isatty() if asked is None else asked,
            unicode=_encodes("✓✗│─…", sys.stdout.encoding),
        )

    def paint(self, text: str, **style: Any) -> str:
        """The text in a style of ``click.style``, where there are colours."""
        return click.style(text, **style) if self.color else text


def wants_color() -> bool | None:
    """Whether the user asked for colours, or for none; null leaves it to whether a terminal reads.

    ``NO_COLOR`` (https://no-color.org) stands above ``FORCE_COLOR`` and ``CLICOLOR_FORCE``, and
    those above ``CLICOLOR=0`` (https://bixense.com/clicolors) and ``TERM=dumb``.
    """
    given = os.environ.get
    if given("NO_COLOR"):
        return False
    if given("FORCE_COLOR") or given("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return False if given("CLICOLOR") == "0" or given("TERM") == "dumb" else None


def _encodes(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
