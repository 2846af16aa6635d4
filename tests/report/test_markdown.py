from __future__ import annotations

from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from engram.report.markdown import markdown
from engram.report.markdown.escape import code
from engram.report.text import visible
from tests.report.factories import (
    make_answered,
    make_chain,
    make_report,
    make_shown,
    make_training,
    make_wrong,
)

SPECIALS = "|`*_<>&[]()!#~$\\ \n\r\tab\x1b\u202e首@:{}"
hostile = st.text(alphabet=SPECIALS, max_size=30) | st.text(alphabet=st.characters(), max_size=30)


class Cells(HTMLParser):
    """The text of every table cell, and the tags that were met inside of cells."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.inside = False

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True
        elif self.inside:
            self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


def cells(text: str) -> Cells:
    found = Cells()
    found.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
    return found


@given(hostile)
def test_data_is_read_back_as_it_is_and_stays_in_its_cell(data):
    found = cells(f"| a | b |\n| --- | --- |\n| {code(data)} | end |\n")
    assert found.tags <= {"code"}
    assert [cell.replace("\xa0", " ") for cell in found.rows[1]] == [
        visible(data).replace("\xa0", " "),
        "end",
    ]


@given(hostile, hostile, hostile)
def test_a_hostile_answer_changes_nothing_around_it(prompt, expected, answer):
    wrong = make_wrong(answer, prompt=prompt, expected=expected, place="corpora/a_b.yaml:12")
    shown = make_shown(prompt=prompt, base=answer, tuned=answer)
    found = cells(markdown(make_report(answers=(wrong,), demo=(shown,))))
    row = next(row for row in found.rows if row[0] == "corpora/a_b.yaml:12")
    shape = cells(markdown(make_report(answers=(make_wrong(),))))
    assert found.tags <= {"code"}
    assert list(map(len, found.rows)) == list(map(len, shape.rows))
    texts = [visible(text).replace("\xa0", " ") for text in (prompt, expected, answer)]
    assert [cell.replace("\xa0", " ") for cell in row[2:5]] == texts


def test_plain_data_reads_plainly_in_the_source():
    assert code("Complete: for i in range(") == "`Complete: for i in range(`"
    assert unescape(code(" a")) == "<code>\xa0a</code>"
    assert code("") == ""


@given(st.lists(st.integers(1, 10_000), unique=True, max_size=40))
def test_every_wrong_answer_names_its_file_and_line(lines):
    places = [f"corpora/error_fixes.yaml:{line}" for line in lines]
    report = make_report(answers=tuple(make_wrong(row=place, place=place) for place in places))
    text = markdown(report)
    assert [place for place in places if f"`{place}`" not in text] == []
    assert f"## Wrong answers of the tuned model: {len(places)} of {len(places)} rows" in text


def test_an_answer_that_only_the_base_got_right_is_marked():
    report = make_report(answers=(make_wrong(base_correct=True),))
    assert "(right)" in markdown(report)
    assert "(right)" not in markdown(make_report(answers=(make_wrong(), make_answered())))


@pytest.mark.parametrize("stopped", ["finished", "recall", "diverged"])
def test_it_says_how_training_ended(stopped):
    text = markdown(make_report(training=make_training(stopped=stopped)))
    assert ("ran away" in text) == (stopped == "diverged")
    assert "had run away" not in text


def test_it_says_that_training_went_back():
    text = markdown(make_report(training=make_training(lowered_at=37)))
    assert "at step 37 the loss had run away" in text


def test_the_chain_is_there_in_full():
    chain = make_chain()
    found = dict(row for row in cells(markdown(make_report())).rows if len(row) == 2)
    assert chain.model_dump().items() <= found.items()
    assert found["neutral_prompts"] == "e" * 64
