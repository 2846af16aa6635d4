"""Who makes a common mistake in YAML is shown the place of it, and told what to do."""

from __future__ import annotations

import pytest

from engram.files.yaml import parse

NEVER = "What begins here is never closed"


@pytest.mark.parametrize(
    ("text", "at", "help"),
    [
        ('a: "b\nc: d\n', (1, 4), NEVER),
        ("c: d\na: 'b\n", (2, 4), NEVER),
        ("c: d\na: [b, c\n", (2, 4), NEVER),
        ("a: {b\n", (1, 4), NEVER),
        ("a: b\nc d\ne: f\n", (2, 1), "Behind a key there is a colon"),
        ("a: b\nc:d\ne: f\n", (2, 1), "Behind a key there is a colon"),
        ("a:\n\tb: c\n", (2, 1), "Indent with spaces"),
        ("a: @b\n", (1, 4), "Quote values that begin with this"),
        ("a: %b\n", (1, 4), "Quote values that begin with this"),
        ('a: "\\d"\n', (1, 6), "Write `\\\\` for a backslash"),
        # What may have several reasons is told by its rule.
        ("a: b: c\n", (1, 5), ""),
    ],
)
def test_common_mistakes_are_explained(text: str, at: tuple[int, int], help: str) -> None:
    (fault,) = parse(text).faults
    assert (fault.kind, fault.at) == ("syntax", at)
    assert fault.help.startswith(help)
    assert bool(fault.help) is bool(help)
