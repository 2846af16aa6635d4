"""CSV by the letter of RFC 4180, with a place for every cell and every fault."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.files.csv_text import MAX_COLUMNS, MAX_FAULTS, parse

CELLS = st.text(st.sampled_from('ab ,"\n;é\t'), max_size=5)
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6)
)


def test_cells_are_kept_as_they_are_and_their_places_known() -> None:
    table = parse('code,"the name"\n FR ,"a ""b"", c\nd"\nDE,\n')
    assert table.columns == ("code", "the name")
    assert table.records == [(" FR ", 'a "b", c\nd'), ("DE", "")]
    assert table.column_at(1) == (1, 6)
    assert [table.at(row, column) for row in (0, 1) for column in (0, 1)] == [
        *((2, 1), (2, 6)),
        *((4, 1), (4, 4)),
    ]
    assert table.faults == ()


# fmt: off
BROKEN = [
    ("a,b\n1,2,3\n", "table", (2, 1)), ("a,b\n1\n", "table", (2, 1)),
    ("a,b\n\n1,2\n", "table", (2, 1)),
    ("a,a\n1,2\n", "duplicate", (1, 3)), ("a,\n1,2\n", "table", (1, 3)), ("\n1\n", "table", (1, 1)),
    ("a,{b}\n1,2\n", "table", (1, 3)), ("a\n", "table", (1, 1)), ('a\n"x"y\n', "syntax", (2, 4)),
    ('a\nx"y\n', "syntax", (2, 2)), ('a\n"x\n1\n', "syntax", (2, 1)), ('a,"b\n', "syntax", (1, 3)),
    ('a,b\n"x\ny","z" \n', "syntax", (3, 7)),
]
# fmt: on


@pytest.mark.parametrize(("text", "kind", "at"), BROKEN)
def test_what_is_not_a_table_is_a_fault_where_it_stands(
    text: str, kind: str, at: tuple[int, int]
) -> None:
    (fault,) = parse(text).faults
    assert (fault.kind, fault.at) == (kind, at)
    assert fault.help


def test_good_rows_beside_bad_ones_are_kept() -> None:
    table = parse('a,b\n1\n2,3\n4,5,6\n7,8\n"')
    assert table.records == [("2", "3"), ("7", "8")]
    assert [table.at(row, 1) for row in (0, 1)] == [(3, 3), (5, 3)]
    assert [fault.at for fault in table.faults] == [(2, 1), (4, 1), (6, 1)]


def test_columns_and_faults_have_limits() -> None:
    assert [fault.kind for fault in parse("," * MAX_COLUMNS).faults] == ["limit"]
    faults = parse("a,b\n" + "1\n" * (MAX_FAULTS + 9)).faults
    assert len(faults) == MAX_FAULTS + 1
    assert (faults[-1].kind, faults[-1].at) == ("limit", (MAX_FAULTS + 2, 1))


def test_a_text_of_nothing_is_an_empty_table_without_a_fault() -> None:
    assert parse("").columns == ()
    assert parse("").faults == ()


@given(TABLES)
def test_what_python_writes_is_read_back(rows: list[list[str]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    text = buffer.getvalue()
    table = parse(text)
    assert list(table.columns) == rows[0]
    assert [list(record) for record in table.records] == rows[1:]
    lines = text.split("\n")
    for row in range(len(table.records)):
        for column in range(len(table.columns)):
            line, start = table.at(row, column)
            assert lines[line - 1][start - 1] == '"'


@given(CELLS.map(lambda text: text * 2) | st.text(st.sampled_from('a,"\n'), max_size=30))
def test_any_text_ends_in_rows_of_one_width_or_in_located_faults(text: str) -> None:
    table = parse(text)
    assert all(len(record) == len(table.columns) for record in table.records)
    assert all(fault.at and fault.message and fault.help for fault in table.faults)
    assert table.faults or not text or table.records
