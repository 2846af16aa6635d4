"""A finding: one thing that is wrong, or may be wrong, in what the user wrote."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from engram.core.noun import Noun

Severity = Literal["error", "warning"]


class Finding(Noun):
    """One fault in user data. ``line`` and ``column`` count from 1; null where there is none."""

    code: str
    severity: Severity
    file: str
    line: int | None = None
    column: int | None = None
    message: str
    help: str = ""

    @property
    def place(self) -> str:
        """The place as compilers write it: ``file:line:column``, as far as it is known."""
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n is not None)]
        return ":".join(parts)

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Reading order: by file, then by position, then by code."""
        return (self.file, self.line or 0, self.column or 0, self.code, self.message)


class Findings(list[Finding]):
    """Findings in reading order: a list that shows itself as a table in a notebook."""


class More(Noun):
    """How many findings of a rule in a file are not shown, because a hundred are."""

    file: str
    code: str
    severity: Severity
    count: int

    @property
    def message(self) -> str:
        """The count in words."""
        what = "finding" if self.count == 1 else "findings"
        return f"{self.count:,} more {what} of {self.code} in this file"


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that make a corpus unfit to compile."""
    return [finding for finding in findings if finding.severity == "error"]
