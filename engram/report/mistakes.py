"""The answers that the tuned model got wrong, in reading order of the corpora."""

from __future__ import annotations

from engram.core.build import PROBE_NAMES, ProbeName
from engram.core.results import Answer, Answered, Report

CUT = " (cut at the length limit)"


def mistakes(report: Report) -> list[Answered]:
    """Every row that the tuned model was asked and got wrong, by file, line and probe."""
    wrong = [answered for answered in report.answers if answered.tuned_correct is False]
    return sorted(wrong, key=lambda one: (*reading_order(one.place, one.probe), one.row))


def said(answer: Answer | None) -> str:
    """What was said, and whether the length limit cut it."""
    if answer is None:
        return ""
    return answer.text if answer.stopped else answer.text + CUT


def reading_order(place: str, probe: ProbeName) -> tuple[str, int, int]:
    """A key that sorts rows by their file, line and probe."""
    file, _, line = place.rpartition(":")
    return (file, int(line) if line.isdecimal() else 0, PROBE_NAMES.index(probe))
