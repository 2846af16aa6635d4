"""Sentences that every form of the report says alike."""

from __future__ import annotations

RATES = """\
Every rate is a share of groups of patterns: a group is right when every row asked of it is. Beside
it stand n and the 95 % interval (Wilson, 1927). A change is in percentage points, on the groups
that both models were asked; p is McNemar's exact one, two-sided."""

LOOKUPS = """\
What needs no model: a dictionary of the trained prompts, and the answer of the trained
prompt that is most like the one asked. Prefix: the answer starts with the expected one,
wherever it goes on to."""

LATENCIES = "std is that of a sample; p95 is a measured value."

SAMENESS = "1 is the same answer every time, 0 a different one every time."

ENDS = {
    "finished": "to the end",
    "recall": "until the rows were recalled",
    "diverged": "until the loss ran away; the best epoch before that was kept",
}
