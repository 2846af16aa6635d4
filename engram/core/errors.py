"""The one error type that engram raises. Faults in user data are findings, never raised."""

from __future__ import annotations

REFUSED = 1
ENVIRONMENT = 2


class EngramError(Exception):
    """Something outside the corpora is wrong: the environment, the request, or a build.

    ``message`` says what is wrong in one sentence; ``help`` says what to do about it. The command
    line prints both and exits with ``exit_code``: 2 for usage, configuration and environment, 1 for
    a refused build.
    """

    exit_code = ENVIRONMENT

    def __init__(self, message: str, *, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help

    def __str__(self) -> str:
        return f"{self.message}\n{self.help}" if self.help else self.message


class RefusedBuild(EngramError):
    """A build, or an adapter made from one, is not what its digests say it is."""

    exit_code = REFUSED


class MissingBuild(RefusedBuild):
    """There is no build where one was named."""

    exit_code = ENVIRONMENT
