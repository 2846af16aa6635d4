"""The answers that the tuned model got wrong, in reading order of the corpora."""

from __future__ import annotations

from engram.core.build import PROBE_NAMES
from engram.core.results import Answer, Answered, Report

CUT = " (cut at the length limit)"


def mistakes(report: Report) -> list[Answered]:
    """Every row that the tuned model was asked and got wrong, by file, line and probe."""
    wrong = [answered for answered in report.answers if answered.tuned_correct is False]
    return sorted(wrong, key=lambda answered: (*_reading_order(answered), answered.row))


def said(answer: Answer | None) -> str:
    """What was said, and whether the length limit cut it."""
    if answer is None:
        return ""
    return answer.text if answer.stopped else answer.text + CUT


def _reading_order(answered: Answered) -> tuple[str, int, int]:
    file, _, line = answered.place.rpartition(":")
    return (file, int(line) if line.isdecimal() else 0, PROBE_NAMES.index(answered.probe))
