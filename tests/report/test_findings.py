"""Findings as a person reads them, and as a program does."""

from __future__ import annotations

import json

from engram.core.finding import Finding
from engram.report.findings import Looked, as_json, as_text, closing_line

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


def test_a_finding_is_a_line_that_editors_understand_with_its_help_below() -> None:
    assert as_text([ERROR, WARNING]) == (
        "a.yaml:3:7: error ENG204 not text\n    Quote.\nb.yaml: warning ENG310 a space\n"
    )


def test_no_findings_are_no_text() -> None:
    assert as_text([]) == ""


def test_colour_comes_only_when_asked_for() -> None:
    assert "\x1b[1;31merror\x1b[0m" in as_text([ERROR], colour=True)
    assert "\x1b" not in as_text([ERROR, WARNING])


def test_data_cannot_steer_the_terminal() -> None:
    evil = Finding(
        code="ENG101",
        severity="error",
        file="\x1b[2J.yaml",
        message="\x1b]0;title\x07\u202egnp",
        help="\r\x9b31m",
    )
    text = as_text([evil])
    assert text.replace("\n", "").isprintable()
    assert "\\x1b[2J.yaml" in text


def test_the_closing_line_counts() -> None:
    assert closing_line([], Looked(4, 304)) == "4 files, 304 patterns: no findings"
    assert closing_line([ERROR], Looked(1, 1)) == "1 file, 1 pattern: 1 error"
    assert closing_line([ERROR, ERROR, WARNING], Looked(1, 2000)) == (
        "1 file, 2,000 patterns: 2 errors, 1 warning"
    )


def test_json_holds_everything_and_survives_any_text() -> None:
    odd = WARNING.model_copy(update={"message": "\u2028 \x1b é"})
    text = as_json([ERROR, odd], Looked(2, 9))
    assert text.isascii()
    document = json.loads(text)
    assert (document["files"], document["patterns"]) == (2, 9)
    assert (document["errors"], document["warnings"]) == (1, 1)
    assert [Finding.model_validate(finding) for finding in document["findings"]] == [ERROR, odd]
