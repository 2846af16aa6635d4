"""Sentences that every form of the report says alike."""

from __future__ import annotations

from engram.core.training import Training

RATES = """\
Every rate is a share of groups of patterns: a group is right when every row asked of it is. Beside
it stand n and the 95 % interval (Wilson, 1927). A change is in percentage points, on the groups
that both models were asked; p is McNemar's exact one, two-sided."""

LOOKUPS = """\
What needs no model: a dictionary of the trained prompts, and the answer of the trained
prompt that is most like the one asked. Prefix: the answer starts with the expected one,
wherever it goes on to."""

LATENCIES = "std is that of a sample; p95 is a measured value."

SAMENESS = """\
1 is the same answer every time, 0 a different one every time. The probability is that a sample is
the greedy answer, token for token: it is computed and not sampled. From it follow the lowest and
the highest figure that samples can be expected to give."""

BACK = (
    "; at step {step} the loss had run away, and training went back to the best weights before "
    "that, and on at half the learning rate"
)

ENDS = {
    "finished": "to the end",
    "recall": "until the rows were recalled",
    "patience": "until epochs got no better",
    "diverged": "until the loss ran away; the best epoch before that was kept",
}


def ending(training: Training) -> str:
    """How training ended, on how many ranks, and where it had to go back."""
    many = f", on {training.ranks} ranks" if training.ranks > 1 else ""
    back = "" if training.lowered_at is None else BACK.format(step=training.lowered_at)
    return ENDS[training.stopped] + many + back
