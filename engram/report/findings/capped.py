"""Many findings of one rule in one file: the first hundred say it all, and a count the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from engram.core.finding import Finding, More
from engram.core.rule import Rule

MOST = 100


def capped(findings: Sequence[Finding]) -> list[Finding | More]:
    """The findings in their order, at most a hundred of a rule and file, then the count of more."""
    total = Counter((finding.file, finding.code) for finding in findings)
    seen: Counter[tuple[str, str]] = Counter()
    shown: list[Finding | More] = []
    for finding in findings:
        key = (finding.file, finding.code)
        seen[key] += 1
        if seen[key] <= MOST:
            shown.append(finding)
        elif seen[key] == MOST + 1:
            more = total[key] - MOST
            shown.append(More(file=key[0], code=key[1], severity=finding.severity, count=more))
    return shown


def split_capped(findings: Sequence[Finding]) -> dict[str, tuple[Any, ...]]:
    """The capped findings, ``findings``, apart from the counts of the others, ``more``."""
    shown = capped(findings)
    return {
        "findings": tuple(item for item in shown if isinstance(item, Finding)),
        "more": tuple(item for item in shown if isinstance(item, More)),
    }


def lines_wanted(findings: Sequence[Finding], rules: Mapping[str, Rule]) -> dict[str, set[int]]:
    """The numbers of the lines that may be shown with the findings, by file.

    A line that holds a secret is none of them, whatever else was found in it.
    """
    wanted: dict[str, set[int]] = {}
    for finding in capped(findings):
        if isinstance(finding, Finding) and finding.line is not None:
            wanted.setdefault(finding.file, set()).add(finding.line)
    for finding in findings:
        if finding.line is not None and finding.code in rules and rules[finding.code].secret:
            wanted.get(finding.file, set()).discard(finding.line)
    return wanted
