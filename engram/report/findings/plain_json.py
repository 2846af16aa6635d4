"""Findings for a program, as JSON of our own."""

from __future__ import annotations

import json
from collections.abc import Sequence

from engram.core.finding import Finding, errors_in
from engram.report.findings.capped import as_records
from engram.report.findings.counts import Looked


def as_json(findings: Sequence[Finding], looked: Looked) -> str:
    """The findings and counts as one JSON object, in ASCII.

    ``errors`` and ``warnings`` count all findings, those under ``more`` included.
    """
    errors = len(errors_in(findings))
    document = {
        "files": looked.files,
        "patterns": looked.patterns,
        "errors": errors,
        "warnings": len(findings) - errors,
        **as_records(findings),
    }
    return json.dumps(document, indent=2)
