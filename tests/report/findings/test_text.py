"""Findings for a person: a place, a line with a mark below it, and advice; nothing that steers."""

from __future__ import annotations

from unicodedata import category

from hypothesis import given
from hypothesis import strategies as st

from engram.core.finding import Finding
from engram.report.findings.capped import MOST, lines_wanted
from engram.report.findings.counts import Looked, closing_line
from engram.report.findings.excerpt import excerpt
from engram.report.findings.text import as_concise, as_text
from engram.report.screen import Screen
from engram.report.text import width
from tests.report.findings.factories import (
    ERROR,
    FINDINGS,
    INVISIBLE,
    RULES,
    TEXTS,
    WARNING,
    many,
)

PLAIN = Screen(60, color=False)


def test_a_finding_is_a_line_that_editors_understand_with_its_help_below() -> None:
    assert as_text([ERROR, WARNING]) == (
        "a.yaml:3:7: error ENG204 not text\n    Quote.\nb.yaml: warning ENG310 a space\n"
    )


def test_the_line_is_shown_with_a_mark_below_the_column() -> None:
    text = as_text([ERROR], {"a.yaml": {3: "  in: 404"}}, PLAIN)
    assert text.splitlines()[1:3] == ["      3 |   in: 404", "        |       ^"]


def test_concise_is_one_line_each() -> None:
    assert as_concise([ERROR, WARNING]) == (
        "a.yaml:3:7: error ENG204 not text\nb.yaml: warning ENG310 a space\n"
    )


def test_no_findings_are_no_text() -> None:
    assert as_text([]) == as_concise([]) == ""


def test_colour_comes_only_when_asked_for() -> None:
    assert "\x1b[31m\x1b[1merror\x1b[0m" in as_text([ERROR], screen=Screen(color=True))
    assert "\x1b" not in as_text([ERROR, WARNING])


@given(FINDINGS, TEXTS)
def test_data_cannot_steer_the_terminal(findings: list[Finding], line: str) -> None:
    lines = {f.file: {g.line: line for g in findings if g.line} for f in findings}
    for text in (as_text(findings, lines, PLAIN), as_concise(findings)):
        assert not {category(char) for char in text.replace("\n", "")} & INVISIBLE


def test_the_closing_line_counts() -> None:
    assert closing_line([], Looked(4, 304)) == "4 files, 304 patterns: no findings"
    assert closing_line([ERROR], Looked(1, 1)) == "1 file, 1 pattern: 1 error"
    assert closing_line([ERROR, ERROR, WARNING], Looked(1, 2000)) == (
        "1 file, 2,000 patterns: 2 errors, 1 warning"
    )


def test_after_a_hundred_of_a_kind_comes_a_count() -> None:
    found = [*many(MOST + 1200), *many(MOST, ERROR)]
    lines = as_concise(found).splitlines()
    assert len(lines) == MOST + 1 + MOST
    assert lines[MOST] == "b.yaml: warning ENG310 1,200 more findings of ENG310 in this file"
    assert "1 more finding of" in as_text(many(MOST + 1))
    assert "more finding" not in as_text(many(MOST))


def test_a_line_that_holds_a_secret_is_never_shown() -> None:
    secret = ERROR.model_copy(update={"code": "ENG401"})
    elsewhere = ERROR.model_copy(update={"line": 4})
    assert lines_wanted([ERROR, secret, elsewhere], RULES) == {"a.yaml": {4}}
    many_secrets = many(MOST + 5, secret)
    beside = many_secrets[-1].model_copy(update={"code": "ENG310"})
    assert lines_wanted([*many_secrets, beside], RULES) == {"a.yaml": set()}


def test_tabs_wide_and_combining_characters_keep_the_mark_in_place() -> None:
    assert excerpt("\tx", 2, 60) == ("    x", 4)
    assert excerpt("日本: x", 5, 60) == ("日本: x", 6)
    assert excerpt("e\u0301: x", 5, 60) == ("e\u0301: x", 3)
    assert excerpt("\x1b[m: x", 6, 60) == ("\\x1b[m: x", 8)


def test_a_long_line_is_cut_around_its_column() -> None:
    line = "".join(f"{n:04d} " for n in range(10_000))
    text, mark = excerpt(line, 25_001, 60)
    assert text[mark : mark + 4] == "5000"
    assert text[0] == text[-1] == "…"
    assert width(text) <= 60
    assert excerpt(line, 1, 60, ellipsis="...")[0].endswith("...")


def test_a_column_behind_the_end_is_at_the_end() -> None:
    assert excerpt("abc", 4, 60) == excerpt("abc", 99, 60) == ("abc", 3)
    assert excerpt("", 1, 60) == ("", 0)


@given(st.text(st.characters()), st.integers(1, 400), st.integers(0, 80))
def test_an_excerpt_fits_and_holds_its_mark(line: str, column: int, room: int) -> None:
    text, mark = excerpt(line, column, room)
    # An escape of ten columns beside the edge is not torn apart.
    assert width(text) <= max(room, 20) + 10
    assert 0 <= mark <= max(room, 20)
    assert not {category(char) for char in text} & INVISIBLE
