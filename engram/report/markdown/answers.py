"""The sections that quote answers."""

from __future__ import annotations

from engram.core.results import Answer, Answered, Report, Shown
from engram.report.figures import PROBE_TITLES
from engram.report.markdown.escape import code
from engram.report.markdown.table import table
from engram.report.mistakes import CUT, mistakes


def wrong_answers(report: Report) -> str:
    """Every answer of the tuned model that was wrong, with the place of its pattern."""
    wrong = mistakes(report)
    asked = sum(answered.tuned is not None for answered in report.answers)
    title = f"## Wrong answers of the tuned model: {len(wrong)} of {asked} rows"
    if not wrong:
        return title
    headers = ["pattern", "probe", "prompt", "expected", "tuned", "base"]
    return f"{title}\n\n{table(headers, 'llllll', [_wrong(answered) for answered in wrong])}"


def demonstration(report: Report) -> str:
    """The prompts of the demonstration, side by side."""
    if not report.demo:
        return ""
    headers = ["prompt", "expected", "base", "", "tuned", ""]
    return (
        f"## Demonstration\n\n{table(headers, 'llllll', [_shown(shown) for shown in report.demo])}"
    )


def _wrong(answered: Answered) -> list[str]:
    return [
        code(answered.place),
        PROBE_TITLES[answered.probe],
        code(answered.prompt),
        code(answered.expected),
        _said(answered.tuned),
        _said(answered.base) + (" (right)" if answered.base_correct else ""),
    ]


def _said(answer: Answer | None) -> str:
    if answer is None:
        return "not asked"
    return code(answer.text) + ("" if answer.stopped else CUT)


def _shown(shown: Shown) -> list[str]:
    return [
        code(shown.prompt),
        code(shown.expected),
        code(shown.base),
        _outcome(shown.base_correct, shown.base_ms),
        code(shown.tuned),
        _outcome(shown.tuned_correct, shown.tuned_ms),
    ]


def _outcome(correct: bool, ms: float) -> str:
    return f"{'right' if correct else 'wrong'}, {ms:.0f} ms"
