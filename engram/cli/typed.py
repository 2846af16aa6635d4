"""Prompts as people type them: one a line."""

from __future__ import annotations

from collections.abc import Iterable


def lines(file: Iterable[str]) -> list[str]:
    """The lines that are not blank, without their ends."""
    return [line.rstrip("\n") for line in file if line.strip()]


def unescaped(text: str) -> str:
    r"""The text with ``\n`` as a line break and ``\\`` as a backslash; any other is itself."""
    return "\\".join(part.replace("\\n", "\n") for part in text.split("\\\\"))
