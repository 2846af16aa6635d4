"""Corpora in bulk: JSON lines, each a pattern, with the fields of the corpus in a file beside."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.compiler import inspect, lines, validate
from engram.compiler.documents import MAX_FAULTY, CorpusFile, LinesFile
from engram.compiler.lines import entries_of
from engram.compiler.problems import problems_in
from engram.compiler.state import CheckedCorpus, Entry
from engram.core.config import Config, Limits
from engram.core.corpus import CorpusFields, Pattern
from engram.files.jsonl import line_starts
from tests.compiler.factories import Fields, as_yaml, compiled, pattern

PATTERNS = [pattern(n) for n in range(20)]
HOME: Any = CheckedCorpus(CorpusFields(name="x", description="d"), None)  # type: ignore[arg-type]
VALUES = st.sampled_from(["a", '": ', "", " : ", 1, None, True, [], ["x"], ["x", 2], {}, {"a": 1}])
KEYS = st.sampled_from(["input", "output", "category", "variants", "id", "match", "x", 'a":'])


def write_lines(folder: Path, patterns: Iterable[Fields | str], name: str = "sums") -> Path:
    """A folder with a corpus in two files; a text among the patterns is a line as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    fields = {"name": name, "description": "Sums"}
    (folder / f"{name}.corpus.yaml").write_text(as_yaml(fields))
    texts = [line if isinstance(line, str) else json.dumps(line) for line in patterns]
    (folder / f"{name}.jsonl").write_text("".join(f"{text}\n" for text in texts))
    return folder


def found_in(folder: Path, **limits: int) -> list[tuple[str, str, int | None, int | None]]:
    config = Config(limits=Limits(**limits))
    return [(Path(f.file).name, f.code, f.line, f.column) for f in validate([folder], config)]


def lines_file(data: bytes) -> LinesFile:
    return LinesFile(
        CorpusFile("x", "x.jsonl", "x.jsonl"), 0, "", data, array("q", line_starts(data))
    )


def test_lines_make_a_corpus_with_the_fields_beside_them(tmp_path: Path) -> None:
    folder = write_lines(tmp_path, PATTERNS)
    assert found_in(folder) == []
    assert (inspect([folder]).files, inspect([folder]).patterns) == (2, 20)
    sources = compiled(folder).manifest.sources
    assert [source.path for source in sources] == ["sums.corpus.yaml", "sums.jsonl"]
    assert sources[1].bytes == (folder / "sums.jsonl").stat().st_size


@pytest.mark.parametrize("given_name", ["sums.jsonl", "sums.corpus.yaml"])
def test_either_file_stands_for_both(tmp_path: Path, given_name: str) -> None:
    folder = write_lines(tmp_path, [*PATTERNS, {}])
    assert inspect([folder / given_name]).patterns == 20
    assert [f.code for f in validate([folder / given_name])] == ["ENG201"] * 3


@pytest.mark.parametrize("lost", ["sums.jsonl", "sums.corpus.yaml"])
def test_one_file_without_the_other_is_half_a_corpus(tmp_path: Path, lost: str) -> None:
    folder = write_lines(tmp_path, PATTERNS)
    (folder / lost).unlink()
    (kept,) = folder.iterdir()
    assert found_in(folder) == [(kept.name, "ENG111", None, None)]


def test_layout_and_the_order_of_keys_are_not_content(tmp_path: Path) -> None:
    plain = compiled(write_lines(tmp_path / "plain", PATTERNS)).manifest
    odd = [
        json.dumps(dict(reversed(p.items())), indent=None, separators=(" , ", " : "))
        for p in PATTERNS
    ]
    other = compiled(write_lines(tmp_path / "odd", [f"\t{line} \r" for line in odd])).manifest
    assert other.data == plain.data
    assert other.sources[1].content == plain.sources[1].content
    assert other.sources[1].sha256 != plain.sources[1].sha256


# fmt: off
BROKEN: list[tuple[str, list[tuple[str, int]]]] = [
    ('{"input": "a", "input": "b", "output": "c", "category": "d"}', [("ENG106", 16)]),
    ('{"input": "a", "inp\\u0075t" : "b", "output": "c", "category": "d"}', [("ENG106", 16)]),
    ("", [("ENG104", 1)]), (" ", [("ENG104", 1)]), ("{", [("ENG104", 2)]), ("[1]", [("ENG203", 1)]),
    ("null", [("ENG203", 1)]), ("[" * 5000, [("ENG107", 21)]),
    ('{"input": 404, "output": "x", "category": "a b"}', [("ENG204", 11), ("ENG205", 43)]),
    ('{"input": "a", "outptu": "x", "category": "c"}', [("ENG201", 1), ("ENG202", 16)]),
    ('{"input": "\\ud800", "output": "x", "category": "c"}', [("ENG103", 11)]),
    ('{"input": "a", "output": "x", "category": "c"} \a', [("ENG103", 48)]),
    ('{"input": "a", "output": "\N{LINE SEPARATOR}", "category": "c"}', [("ENG103", 27)]),
    ('{"input": "a", "output": "x ", "category": "sums"}', [("ENG310", 26)]),
    ('{"input": "2 + 1 =", "output": "9", "category": "sums"}', [("ENG306", 32)]),
    ('{"input": "a", "output": NaN, "category": "c"}', [("ENG104", 26)]),
]
# fmt: on


@pytest.mark.parametrize(("line", "expected"), BROKEN)
def test_what_is_wrong_is_found_in_its_line_and_column(
    tmp_path: Path, line: str, expected: list[tuple[str, int]]
) -> None:
    folder = write_lines(tmp_path, [*PATTERNS[:9], line, *PATTERNS[9:]])
    assert found_in(folder) == [("sums.jsonl", code, 10, column) for code, column in expected]


def test_bytes_that_are_no_text_are_found_and_hide_nothing(tmp_path: Path) -> None:
    folder = write_lines(tmp_path, PATTERNS)
    path = folder / "sums.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"x": 1}\n' + path.read_bytes() + b'{"input": "\xff"}')
    assert [(code, line, column) for _, code, line, column in found_in(folder)] == [
        *[("ENG201", 1, 1)] * 3,
        ("ENG202", 1, 2),
        ("ENG102", 22, 12),
    ]
    assert inspect([folder]).patterns == 20


def test_after_many_faulty_lines_the_rest_is_not_read(tmp_path: Path) -> None:
    folder = write_lines(tmp_path, ["{"] * (MAX_FAULTY + 5))
    found = found_in(folder)
    assert len(found) == MAX_FAULTY + 1
    assert ("sums.jsonl", "ENG107", MAX_FAULTY, 1) in found


def test_files_and_lines_have_limits(tmp_path: Path) -> None:
    folder = write_lines(tmp_path, [*PATTERNS, pattern(99, input="a" * 500)])
    assert found_in(folder, line_bytes=400) == [("sums.jsonl", "ENG107", 21, 1)]
    assert found_in(folder, lines_bytes=400) == [("sums.jsonl", "ENG107", None, None)]
    assert found_in(folder, scalar=10_000) == []


def test_fields_that_belong_to_patterns_or_tables_have_no_place_beside_lines(
    tmp_path: Path,
) -> None:
    folder = write_lines(tmp_path, PATTERNS)
    fields = {"name": "sums", "description": "d", "examples": PATTERNS, "key": "a"}
    (folder / "sums.corpus.yaml").write_text(as_yaml(fields))
    found = [finding for finding in validate([folder]) if finding.severity == "error"]
    assert [finding.code for finding in found] == ["ENG202", "ENG202"]
    assert all(".jsonl" in finding.help for finding in found)


@st.composite
def objects(draw: st.DrawFn) -> str:
    """A JSON object, often nearly a pattern, in which keys may stand twice."""
    pairs = [("input", "a"), ("output", "b"), ("category", "c")]
    pairs += draw(st.lists(st.tuples(KEYS, VALUES), max_size=3))
    colon = draw(st.sampled_from([":", ": ", "\t: "]))
    members = (json.dumps(key) + colon + json.dumps(value) for key, value in pairs)
    return "{" + ", ".join(members) + "}"


@given(objects() | st.text(st.sampled_from('{}[]":, abc1\\'), max_size=12))
def test_the_quick_way_takes_a_line_only_if_model_and_schema_do(line: str) -> None:
    quick = lines._quick(line.encode())
    (slow,) = entries_of(HOME, lines_file(line.encode() or b"\n"), Limits(scalar=8))
    if quick is not None:
        assert isinstance(slow, Entry)
        assert slow.pattern == quick
        assert problems_in(json.loads(line), Pattern) == []
    else:
        assert isinstance(slow, list)
        assert all(finding.line == 1 and finding.column for finding in slow)


@given(st.lists(st.binary(max_size=12), max_size=6).map(b"\n".join).filter(bool))
def test_any_bytes_end_in_patterns_or_in_located_findings(data: bytes) -> None:
    file = lines_file(data)
    found = list(entries_of(HOME, file, Limits()))
    assert len(found) == len(file) == len(data.removesuffix(b"\n").split(b"\n"))
    for index, one in enumerate(found):
        places = [one.at] if isinstance(one, Entry) else [(f.line, f.column) for f in one]
        assert places
        assert all(line == index + 1 and column for line, column in places)
