"""The examples at the end of a command's ``--help``; the tests give each to the real parser."""

from __future__ import annotations


def examples(*lines: str) -> str:
    r"""The epilog of a command: its examples, a line each, which click leaves as they are (\b)."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
