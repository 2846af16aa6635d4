"""How much was looked at, and how much was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engram.core.finding import Finding, errors_in
from engram.report.text import counted


@dataclass(frozen=True, slots=True)
class Looked:
    """How much was looked at."""

    files: int
    patterns: int


def closing_line(findings: Sequence[Finding], looked: Looked) -> str:
    """What was looked at and what came of it: ``4 files, 304 patterns: no findings``."""
    what = f"{counted(looked.files, 'file')}, {counted(looked.patterns, 'pattern')}"
    return f"{what}: {counts(findings)}"


def counts(findings: Sequence[Finding]) -> str:
    """How many errors and warnings there are: ``2 errors, 1 warning``."""
    errors = len(errors_in(findings))
    warnings = len(findings) - errors
    told = [counted(n, word) for n, word in ((errors, "error"), (warnings, "warning")) if n]
    return ", ".join(told) or "no findings"
