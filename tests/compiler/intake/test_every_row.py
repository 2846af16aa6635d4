"""Whatever the rows are, each is in the corpus or in the report, once, and says what it said."""

from __future__ import annotations

import base64
import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.compiler import validate
from engram.compiler.fix.ordering import ordered
from engram.compiler.intake import Form, Header, Imported, Wanted, import_rows
from engram.core.config import Limits
from engram.core.corpus import Pattern
from engram.core.finding import errors_in
from engram.files.yaml import parse

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), TEXTS, st.text(max_size=3), st.lists(TEXTS, max_size=2)
)
ROWS = st.lists(
    st.dictionaries(st.sampled_from(["input", "output", "category", "id", "extra"]), VALUES),
    max_size=8,
)
HEADER = Header("rows", "From elsewhere")
# A first row that is whole, so that the columns are known.
FIRST = {"input": "first", "output": "1", "category": "c"}


def taken(folder: Path, content: bytes, form: Form, out: str) -> tuple[Imported, Any, Any]:
    """What an import of ``content`` made, the patterns in it, and the lines of its report."""
    (folder / "rows").write_bytes(content)
    imported = import_rows(folder / "rows", folder / out, form, HEADER, Wanted())
    if out.endswith(".yaml"):
        patterns = parse((folder / out).read_text(encoding="utf-8")).data["examples"]
    else:
        patterns = [json.loads(line) for line in (folder / out).read_bytes().splitlines()]
    report = imported.report.read_bytes().splitlines() if imported.report else []
    return imported, patterns, [json.loads(line) for line in report]


@settings(max_examples=60)
@given(ROWS, st.sampled_from(["out.yaml", "out.jsonl"]), st.sampled_from(["jsonl", "json"]))
def test_rows_of_json(rows: list[dict[str, Any]], out: str, form: Form) -> None:
    lines = [json.dumps(row) for row in [FIRST, *rows]]
    content = "\n".join(lines) if form == "jsonl" else "[" + ",\n".join(lines) + "]"
    with tempfile.TemporaryDirectory() as folder:
        imported, patterns, report = taken(Path(folder), content.encode(), form, out)
    assert imported.rows == len(lines) == len(patterns) + len(report)
    assert sorted(lines) == sorted(
        [line["content"].strip() for line in report]
        + [lines[n] for n in _places(patterns, [FIRST, *rows])]
    )
    assert all(line["content"].strip() == lines[line["line"] - 1] for line in report)


def _places(patterns: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[int]:
    """Which row each pattern is: the first with its input, output and category, to the letter."""
    keys = ("input", "output")
    places = []
    for pattern in patterns:
        Pattern.model_validate(pattern)
        wanted = [pattern[key] for key in keys]
        places.append(
            next(
                n
                for n, row in enumerate(rows)
                if n not in places
                and [row.get(key) for key in keys] == wanted
                and row.get("category") == pattern["category"]
            )
        )
    return places


@settings(max_examples=60)
@given(st.lists(st.lists(TEXTS, max_size=4), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_rows_of_csv(rows: list[list[str]], end: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["input", "output", "category"], list(FIRST.values()), *rows])
    with tempfile.TemporaryDirectory() as folder:
        imported, patterns, report = taken(
            Path(folder), text.getvalue().encode(), "csv", "out.yaml"
        )
    there = _rows_by_line(text.getvalue())
    assert imported.rows == len(there)
    for line in report:
        assert _rows_by_line(line["content"]) == {1: there.pop(line["line"])}
    assert list(there.values()) == [list(pattern.values()) for pattern in patterns]


def _rows_by_line(text: str) -> dict[int, list[str]]:
    """The rows of a table but for its heads, by the line where each begins."""
    lines = io.StringIO(text, newline="\n").readlines()
    reader = csv.reader(lines)
    rows, start = {}, 1
    for row in reader:
        if row and row != ["input", "output", "category"]:
            rows[start] = row
        start = reader.line_num + 1
    return rows


@settings(max_examples=60)
@given(st.binary(max_size=200), st.sampled_from(["csv", "jsonl"]))
def test_arbitrary_bytes_are_kept_to_the_byte(noise: bytes, form: Form) -> None:
    head = b"input,output,category\nfirst,1,c\n" if form == "csv" else json.dumps(FIRST).encode()
    content = head.rstrip(b"\n") + b"\n" + noise
    with tempfile.TemporaryDirectory() as folder:
        imported, patterns, report = taken(Path(folder), content, form, "out.yaml")
    assert imported.rows == len(patterns) + len(report)
    for line in report:
        kept = line["content"].encode() if "content" in line else base64.b64decode(line["base64"])
        assert kept in content


PATTERNS = st.lists(
    st.builds(
        Pattern,
        input=TEXTS.filter(bool),
        output=TEXTS.filter(bool),
        category=st.sampled_from(["c", "no", "1e3", "2024-01-15"]),
        id=st.one_of(st.none(), st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)),
        variants=st.lists(TEXTS.filter(bool), max_size=2).map(tuple),
        accept=st.lists(TEXTS.filter(bool), max_size=2).map(tuple),
        tags=st.lists(TEXTS.filter(bool), max_size=2).map(tuple),
        source=st.one_of(st.none(), TEXTS.filter(bool)),
    ),
    min_size=1,
    max_size=6,
    unique_by=(lambda pattern: pattern.input, lambda pattern: pattern.id or pattern.input),
)


@settings(max_examples=60)
@given(PATTERNS)
def test_patterns_go_through_lines_and_yaml_and_come_back_the_same(
    patterns: list[Pattern],
) -> None:
    content = "".join(f"{pattern.model_dump_json(by_alias=True)}\n" for pattern in patterns)
    with tempfile.TemporaryDirectory() as folder:
        _, read, report = taken(Path(folder), content.encode(), "jsonl", "out.yaml")
        text = (Path(folder) / "out.yaml").read_text(encoding="utf-8")
    assert report == []
    assert ordered(text, Limits()) == text
    assert [Pattern.model_validate(one) for one in read] == patterns


def test_what_was_taken_has_no_errors(tmp_path: Path) -> None:
    rows = [{"input": f"2 + {n % 40} =", "output": str(2 + n % 80)} for n in range(100)]
    content = "\n".join(map(json.dumps, rows)).encode()
    imported, patterns, _ = taken(tmp_path, content, "jsonl", "out.yaml")
    assert len(patterns) == 40
    assert errors_in(validate([tmp_path / "out.yaml"])) == []
    assert set(imported.rejected) == {
        "is a copy of an earlier row",
        "asks what an earlier row answers otherwise",
    }


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_json_array_is_read_the_same_wherever_the_chunks_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    from engram.compiler.intake import json_array

    monkeypatch.setattr(json_array, "CHUNK", cut)
    rows = [{"input": "é\U0001f600\n" * n, "output": "x", "category": "c"} for n in range(1, 5)]
    content = json.dumps(rows, ensure_ascii=False, indent=1).encode()
    imported, patterns, _ = taken(tmp_path, content, "json", "out.yaml")
    assert patterns == rows
    assert imported.rows == 4
