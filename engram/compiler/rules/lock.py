"""ENG5: what engram.lock says, and what it would have to say."""

from __future__ import annotations

from engram.core.rule import Rule

BAD_LOCK = Rule(
    "ENG501",
    "error",
    "bad-lock",
    "The lock cannot be read, or is not what a compiler wrote.",
    "Restore it from version control, or start over: engram compile --resplit.",
)
MOVED = Rule(
    "ENG502",
    "warning",
    "moved-to-train",
    "A pattern or wording leaves the split that the lock has for it.",
    "What was trained is never tested as new.",
)
STALE_LOCK = Rule(
    "ENG503",
    "error",
    "stale-lock",
    "Under --locked, the lock is not what compiling these corpora makes of it.",
    "Run `engram compile` and commit the lock.",
    on_request=True,
)
