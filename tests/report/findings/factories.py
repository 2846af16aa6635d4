"""Findings of every kind, and any kind of finding."""

from __future__ import annotations

from hypothesis import strategies as st

from engram.core.finding import Finding
from engram.core.rule import Rule

ERROR = Finding(
    code="ENG204",
    severity="error",
    file="a.yaml",
    line=3,
    column=7,
    message="not text",
    help="Quote.",
)
WARNING = Finding(code="ENG310", severity="warning", file="b.yaml", message="a space")
RULES = {
    "ENG204": Rule("ENG204", "error", "retyped-value", "A value is no text.", "Quote it."),
    "ENG310": Rule("ENG310", "warning", "space-around-output", "There is a space."),
    "ENG401": Rule("ENG401", "error", "a-secret", "There is a secret.", secret=True),
}

INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}

# Lone surrogates included: names of files may hold them.
TEXTS = st.text(st.characters(), max_size=30) | st.sampled_from(
    ["\x1b[2J", "a\r\nb", "::error::x", "%0A,:", "{0} [x](y)", "\u202e", "\u2028", "a.yaml", ""]
)
NUMBERS = st.none() | st.integers(1, 10**9)
FINDINGS = st.lists(
    st.builds(
        Finding,
        code=st.sampled_from([*RULES, "ENG999"]),
        severity=st.sampled_from(["error", "warning"]),
        file=TEXTS,
        line=NUMBERS,
        column=NUMBERS,
        message=TEXTS,
        help=TEXTS,
    ),
    max_size=5,
)


def many(count: int, finding: Finding = WARNING) -> list[Finding]:
    """As many findings of one rule in one file."""
    return [finding.model_copy(update={"line": n + 1, "column": 1}) for n in range(count)]
