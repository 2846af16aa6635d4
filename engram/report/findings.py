"""Findings as a person reads them, and as a program does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from engram.core.finding import Finding, Severity, errors_in
from engram.report.text import visible

# Select Graphic Rendition (ECMA-48): bold red, bold yellow, bold, and back to normal.
_COLOURS: dict[Severity, str] = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m"}
_BOLD = "\x1b[1m"
_NORMAL = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Looked:
    """How much was looked at, for the closing line."""

    files: int
    patterns: int


def as_text(findings: Sequence[Finding], *, colour: bool = False) -> str:
    """The findings as lines ``file:line:column: severity CODE message``, help below each."""
    return "".join(f"{_paragraph(finding, colour)}\n" for finding in findings)


def closing_line(findings: Sequence[Finding], looked: Looked) -> str:
    """What was looked at and what came of it: ``4 files, 304 patterns: no findings``."""
    errors = len(errors_in(findings))
    warnings = len(findings) - errors
    counts = [_count(n, word) for n, word in ((errors, "error"), (warnings, "warning")) if n]
    what = f"{_count(looked.files, 'file')}, {_count(looked.patterns, 'pattern')}"
    return f"{what}: {', '.join(counts) or 'no findings'}"


def as_json(findings: Sequence[Finding], looked: Looked) -> str:
    """The findings and counts as one JSON object, in ASCII."""
    errors = len(errors_in(findings))
    document = {
        "files": looked.files,
        "patterns": looked.patterns,
        "errors": errors,
        "warnings": len(findings) - errors,
        "findings": [finding.model_dump(mode="json") for finding in findings],
    }
    return json.dumps(document, indent=2)


def _paragraph(finding: Finding, colour: bool) -> str:
    mark, bold, normal = ("", "", "")
    if colour:
        mark, bold, normal = _COLOURS[finding.severity], _BOLD, _NORMAL
    head = (
        f"{bold}{visible(finding.place)}:{normal} "
        f"{mark}{finding.severity}{normal} {finding.code} {visible(finding.message)}"
    )
    return f"{head}\n    {visible(finding.help)}" if finding.help else head


def _count(n: int, word: str) -> str:
    return f"{n:,} {word}{'' if n == 1 else 's'}"
