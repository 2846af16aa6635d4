"""The files of a report, each written in full or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engram.core.results import Report
from engram.files.atomic import write_file
from engram.files.canonical import digest
from engram.report.comparison import comparison
from engram.report.html import html
from engram.report.markdown import markdown

REPORT = "report.json"
COMPARISON = "comparison.json"
MARKDOWN = "report.md"
PAGE = "report.html"
SUMS = "SHA256SUMS"


def write_report(report: Report, folder: Path) -> list[Path]:
    """The files written to ``folder``, which exists: their digests last, which seal the rest."""
    data = json_bytes(report.model_dump(mode="json"))
    files = {
        PAGE: html(report, digest(data)).encode("utf-8"),
        MARKDOWN: markdown(report).encode("utf-8"),
        COMPARISON: json_bytes(comparison(report)),
        REPORT: data,
    }
    for name, data in files.items():
        write_file(folder / name, data)
    write_file(folder / SUMS, "".join(_sum(files[name], name) for name in sorted(files)).encode())
    return [folder / name for name in reversed(files)]


def read_report(folder: Path) -> Report:
    """The report in ``folder``, as it was written. Raises ValueError where it was changed since."""
    data = (folder / REPORT).read_bytes()
    if not sealed(REPORT, data, (folder / SUMS).read_bytes()):
        raise ValueError(f"{folder / REPORT} is not what {SUMS} says it is")
    return Report.model_validate_json(data)


def sealed(name: str, data: bytes, sums: bytes) -> bool:
    """Whether the digests of a folder, in ``sums``, hold that of a file with this content."""
    return _sum(data, name).encode() in sums.splitlines(keepends=True)


def _sum(data: bytes, name: str) -> str:
    """The line by which ``sha256sum --check`` knows a file."""
    return f"{digest(data)}  {name}\n"


def json_bytes(value: Any) -> bytes:
    """Indented JSON in ASCII, so that no character in it breaks another program's lines."""
    return (json.dumps(value, indent=2, allow_nan=False) + "\n").encode("ascii")
