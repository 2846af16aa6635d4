"""The tables that ship, as they are written: read by libraries that are not engram's."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

CORPORA = Path(__file__).resolve().parents[2] / "corpora"


def load(name: str) -> dict[str, Any]:
    """A shipped corpus as plain Python values."""
    yaml = YAML(typ="safe", pure=True)
    loaded: dict[str, Any] = yaml.load((CORPORA / name).read_text(encoding="utf-8"))
    return loaded


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a shipped table, by column."""
    with (CORPORA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))
