"""The files of a report, each written in full or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engram.core.results import Report
from engram.files.atomic import write_file
from engram.report.comparison import comparison
from engram.report.markdown import markdown

REPORT = "report.json"
COMPARISON = "comparison.json"
MARKDOWN = "report.md"


def write_report(report: Report, folder: Path) -> list[Path]:
    """The files written to ``folder``, which exists: the report last, so that it seals the rest."""
    files = {
        MARKDOWN: markdown(report).encode("utf-8"),
        COMPARISON: json_bytes(comparison(report)),
        REPORT: json_bytes(report.model_dump(mode="json")),
    }
    for name, data in files.items():
        write_file(folder / name, data)
    return [folder / name for name in reversed(files)]


def read_report(path: Path) -> Report:
    """The report in a ``report.json``. Raises ValueError where that is not one."""
    return Report.model_validate_json(path.read_bytes())


def json_bytes(value: Any) -> bytes:
    """Indented JSON in ASCII, so that no character in it breaks another program's lines."""
    return (json.dumps(value, indent=2, allow_nan=False) + "\n").encode("ascii")
