"""Where engram keeps what it would rather not fetch or compute again."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def home() -> Path:
    """The folder that engram keeps between commands; ``ENGRAM_HOME`` moves it."""
    if setting := os.environ.get("ENGRAM_HOME"):
        return Path(setting).expanduser().absolute()
    if setting := os.environ.get("XDG_CACHE_HOME"):
        return Path(setting).expanduser().absolute() / "engram"
    caches = "Library/Caches" if sys.platform == "darwin" else ".cache"
    return Path.home() / caches / "engram"
