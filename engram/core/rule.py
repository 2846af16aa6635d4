"""A rule: one thing that can be wrong with a corpus, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass

from engram.core.credentials import masked
from engram.core.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``summary`` is what it finds; ``help`` what to do if a finding knows no better.

    An error means that no build can be made, so nobody may ignore it, unless it is ``waivable``: a
    matter of judgement that harms no build. Any warning may be ignored. ``on_request`` rules are
    looked for in some runs only, such as those with a model. What a ``secret`` rule finds must not
    be printed, so the line that holds it is never shown.
    """

    code: str
    severity: Severity
    name: str
    summary: str
    help: str = ""
    waivable: bool = False
    on_request: bool = False
    secret: bool = False

    @property
    def fatal(self) -> bool:
        """Whether what it finds can neither be built nor ignored."""
        return self.severity == "error" and not self.waivable

    def finding(
        self, file: str, at: tuple[int, int] | None, message: str, help: str | None = None
    ) -> Finding:
        """A finding of this rule in ``file``, at a line and column if it has them."""
        # Whatever a text holds, no finding gives a secret away.
        line, column = at or (None, None)
        return Finding(
            code=self.code,
            severity=self.severity,
            file=file,
            line=line,
            column=column,
            message=masked(message),
            help=self.help if help is None else masked(help),
        )
