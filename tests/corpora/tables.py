"""Corpora and tables as they are written: read by libraries that are not engram's."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

CORPORA = Path(__file__).resolve().parents[2] / "corpora"


def load(name: str, folder: Path = CORPORA) -> dict[str, Any]:
    """A corpus as plain Python values."""
    yaml = YAML(typ="safe", pure=True)
    loaded: dict[str, Any] = yaml.load((folder / name).read_text(encoding="utf-8"))
    return loaded


def rows_of(name: str, folder: Path = CORPORA) -> list[dict[str, str]]:
    """The rows of a table, by column."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))
