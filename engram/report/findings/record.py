"""Findings for a program, as one noun of our own."""

from __future__ import annotations

from collections.abc import Sequence

from engram.core.finding import Finding, errors_in
from engram.core.printed import Validated
from engram.report.findings.capped import split_capped
from engram.report.findings.counts import Looked


def validated(findings: Sequence[Finding], looked: Looked) -> Validated:
    """The findings and counts; of many of one rule in a file, the first hundred."""
    errors = len(errors_in(findings))
    return Validated(
        files=looked.files,
        patterns=looked.patterns,
        errors=errors,
        warnings=len(findings) - errors,
        **split_capped(findings),
    )
