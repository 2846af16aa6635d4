"""ENG6: what is wrong with the comments that ignore findings."""

from __future__ import annotations

from engram.core.rule import Rule

UNUSED_IGNORE = Rule(
    "ENG601",
    "warning",
    "unused-ignore",
    "A comment ignores a rule that finds nothing there.",
    "Remove the code from the comment.",
)
UNUSABLE_IGNORE = Rule(
    "ENG602",
    "warning",
    "unusable-ignore",
    "A comment ignores a rule that does not exist, or one that cannot be ignored.",
)
