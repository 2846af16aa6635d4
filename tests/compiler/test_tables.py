"""Tables: rows and templates make patterns that keep their identity wherever they stand."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.compiler import validate
from engram.compiler.slots import BadSlot, slotted
from engram.compiler.state import State
from engram.core.build import Options
from engram.core.finding import Finding
from tests.compiler.factories import Fields, compiled, corpus, look, rows_in, write_corpora

TEMPLATES = [
    {"input": "Code of {land}?", "output": "{code}", "category": "codes"},
    {"id": "back", "input": "Land of {code}?", "output": "{land}", "category": "lands"},
]
ROWS = [{"code": f"C{n}", "land": f"Land {n}"} for n in range(12)]


def table(rows: object = ROWS, templates: object = TEMPLATES, key: str = "code") -> Fields:
    """A corpus that is a table."""
    fields = corpus([], "lands", phrasings=[])
    del fields["examples"]
    return fields | {"key": key, "rows": rows, "templates": templates}


def as_csv(rows: list[dict[str, str]]) -> str:
    return "".join(",".join(row) + "\n" for row in ([*rows[0]], *(row.values() for row in rows)))


def look_at(folder: Path, document: Fields) -> tuple[State, list[Finding]]:
    return look(write_corpora(folder, document), Options())


def found_in(folder: Path, document: Fields) -> list[tuple[str, int | None, int | None]]:
    findings = validate([write_corpora(folder, document)])
    return [(f.code, f.line, f.column) for f in findings if f.code != "ENG312"]


def test_each_row_and_each_template_make_a_pattern(tmp_path: Path) -> None:
    state, _ = look_at(tmp_path, table())
    assert len(state.entries) == 24
    assert {(e.pattern.input, e.pattern.output) for e in state.entries[:2]} == {
        ("Code of Land 0?", "C0"),
        ("Land of C0?", "Land 0"),
    }


def test_slots_stand_in_every_text_and_doubled_braces_are_braces(tmp_path: Path) -> None:
    template = {
        "input": "{{a}} {a}",
        "output": "{a}{b}",
        "category": "c-{b}",
        "variants": ["v {a}"],
        "accept": ["{b}", "x"],
        "tags": ["t{a}"],
        "source": "s {b}",
        "phrasings": ["{input} {a}"],
    }
    state, _ = look_at(tmp_path, table([{"a": "{b}", "b": "2"}], [template], "a"))
    pattern = state.entries[0].pattern
    assert (pattern.input, pattern.output, pattern.category) == ("{a} {b}", "{b}2", "c-2")
    assert (pattern.variants, pattern.accept, pattern.tags) == (("v {b}",), ("2", "x"), ("t{b}",))
    assert (pattern.source, pattern.phrasings) == ("s 2", ("{input} {a}",))


def test_a_csv_file_is_the_same_as_inline_rows(tmp_path: Path) -> None:
    inline = compiled(write_corpora(tmp_path / "inline", table()))
    folder = write_corpora(tmp_path / "csv", table("lands.csv"))
    (folder / "lands.csv").write_text(as_csv(ROWS))
    beside = compiled(folder)
    assert beside.manifest.data == inline.manifest.data
    assert [source.path for source in beside.manifest.sources] == ["lands.csv", "lands.yaml"]
    assert beside.manifest.sources[0].bytes == len(as_csv(ROWS))


def test_the_layout_of_a_csv_file_is_not_its_content(tmp_path: Path) -> None:
    folder = write_corpora(tmp_path, table("lands.csv"))
    sources = []
    for text in (as_csv(ROWS), as_csv(ROWS).replace("\n", "\r\n").replace("Land 1,", '"Land 1",')):
        (folder / "lands.csv").write_bytes(text.encode())
        sources.append(compiled(folder).manifest.sources[0])
    assert sources[0].content == sources[1].content
    assert sources[0].sha256 != sources[1].sha256


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans())
def test_no_order_changes_what_is_built(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random, reverse: bool
) -> None:
    rows = [dict(reversed(row.items())) if reverse else dict(row) for row in ROWS]
    templates = [dict(template) for template in TEMPLATES]
    chance.shuffle(rows)
    chance.shuffle(templates)
    there = compiled(write_corpora(tmp_path_factory.mktemp("there"), table(rows, templates)))
    here = compiled(write_corpora(tmp_path_factory.mktemp("here"), table()))
    assert there.manifest.data == here.manifest.data


def test_a_pattern_is_named_by_its_template_and_key_alone(tmp_path: Path) -> None:
    def keys(name: str, document: Fields) -> dict[str, str]:
        state, _ = look_at(tmp_path / name, document)
        return {entry.pattern.output: entry.key for entry in state.entries}

    reworded = [{**TEMPLATES[0]}, {**TEMPLATES[1], "input": "Which land has {code}?"}]
    renamed = [{**row, "land": row["land"].replace("1", "One")} for row in ROWS[:9]]
    first, second = keys("first", table()), keys("second", table(renamed, reworded))
    assert len(set(first.values())) == 24
    assert second["Land 5"] == first["Land 5"]
    assert second["Land One"] == first["Land 1"]
    assert all(second[f"C{n}"] == first[f"C{n}"] for n in range(9))


def test_the_patterns_of_one_row_are_one_group(tmp_path: Path) -> None:
    document = table([{"code": f"C{n}", "land": f"Land {n}"} for n in range(60)])
    state, _ = look_at(tmp_path, document)
    assert len(state.groups) == 60
    assert all(len(group.entries) == 2 for group in state.groups)
    rows = rows_in(compiled(tmp_path))
    novel = {number_in(row.prompt) for row in (*rows["test"], *rows["valid"])}
    assert novel
    assert not novel & {number_in(row.prompt) for row in rows["train"]}


def number_in(prompt: str) -> str:
    return "".join(filter(str.isdigit, prompt))


def test_findings_point_into_the_line_of_the_csv_file(tmp_path: Path) -> None:
    templates = [{"input": "{code} is", "output": "{land}", "category": "c-{kind}"}]
    folder = write_corpora(tmp_path, table("lands.csv", templates))
    text = 'code,land,kind\nA,"two\nlines",x\nB, b,x\nC,c,no name\nA,d,x\nD,,x\nE,e\n'
    (folder / "lands.csv").write_text(text)
    found = [(Path(f.file).name, f.code, f.line, f.column) for f in validate([folder])]
    assert [place for place in found if place[1] != "ENG312"] == [
        ("lands.csv", "ENG310", 4, 3),
        ("lands.csv", "ENG205", 5, 5),
        ("lands.csv", "ENG210", 6, 1),
        ("lands.csv", "ENG206", 7, 3),
        ("lands.csv", "ENG110", 8, 1),
    ]


def test_a_clash_of_rows_names_both_of_them(tmp_path: Path) -> None:
    folder = write_corpora(tmp_path, table("lands.csv", TEMPLATES[:1]))
    (folder / "lands.csv").write_text("code,land\nA,x\nB,y\nC,x\n")
    (finding,) = (f for f in validate([folder]) if f.code == "ENG306")
    assert (finding.file, finding.line, finding.column) == (str(folder / "lands.csv"), 4, 1)
    assert f"{folder / 'lands.csv'}:2" in finding.message


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"key": "cod"}, ("ENG205", 5, 6)),
        ({"rows": "../lands.csv"}, ("ENG205", 6, 7)),
        ({"rows": "absent.csv"}, ("ENG101", 6, 7)),
        ({"rows": [{"code": "A", "land": 7}]}, ("ENG204", 8, 11)),
    ],
)
def test_faults_of_the_corpus_point_into_it(
    tmp_path: Path, change: Fields, expected: tuple[str, int, int]
) -> None:
    assert expected in found_in(tmp_path, table() | change)


def test_slots_and_braces_that_mean_nothing_are_found_in_the_template(tmp_path: Path) -> None:
    template = {
        "input": "{lnad} {code}",
        "output": "{ {land}",
        "category": "c",
        "accept": ["a", "}", "{}"],
    }
    codes = [code for code, *_ in found_in(tmp_path, table(ROWS, [template]))]
    assert codes == ["ENG208"] * 4


def test_a_column_that_nothing_uses_is_a_warning_at_its_name(tmp_path: Path) -> None:
    rows = [{**row, "note": "n"} for row in ROWS]
    (place,) = found_in(tmp_path, table(rows))
    assert place == ("ENG209", 9, 5)


def test_rows_of_other_columns_and_twins_are_found(tmp_path: Path) -> None:
    rows = [*ROWS, {"code": "X"}, {"code": "Y", "land": "y", "more": "z"}, ROWS[3]]
    templates = [*TEMPLATES, TEMPLATES[0], {**TEMPLATES[1], "input": "{land} {code}"}]
    codes = sorted(code for code, *_ in found_in(tmp_path, table(rows, templates)))
    assert codes == ["ENG110"] * 2 + ["ENG210"] * 3


@pytest.mark.parametrize("make", ["link", "folder", "pipe"])
def test_a_table_that_is_no_regular_file_is_never_read(tmp_path: Path, make: str) -> None:
    folder = write_corpora(tmp_path / "in", table("lands.csv"))
    path = folder / "lands.csv"
    if make == "link":
        (tmp_path / "outside.csv").write_text(as_csv(ROWS))
        path.symlink_to(tmp_path / "outside.csv")
    elif make == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    assert [f.code for f in validate([folder])] == ["ENG101"]


def test_a_corpus_may_have_examples_and_a_table(tmp_path: Path) -> None:
    both = table() | {"examples": [{"input": "a", "output": "b", "category": "codes"}]}
    state, findings = look_at(tmp_path, both)
    assert len(state.entries) == 25
    assert [f for f in findings if f.severity == "error"] == []


@given(st.text(st.sampled_from("{}ab "), max_size=12))
def test_slots_take_a_text_apart_without_loss(text: str) -> None:
    try:
        parts = slotted(text)
    except BadSlot:
        return
    doubled = [literal.replace("{", "{{").replace("}", "}}") for literal in parts.literals]
    columns = [f"{{{column}}}" for column in parts.columns]
    again = "".join(a + b for a, b in zip(doubled, [*columns, ""], strict=True))
    assert again == text
    assert parts.filled(parts.columns).count("{") == text.count("{{")


def test_a_few_small_files_cannot_make_any_number_of_patterns(tmp_path: Path) -> None:
    rows = [{"a": f"{n}"} for n in range(900)]
    templates = [{"input": f"{n} {{a}}", "output": "x", "category": "c"} for n in range(260)]
    state, findings = look_at(tmp_path, table(rows, templates, "a"))
    assert state.entries == ()
    assert [finding.code for finding in findings] == ["ENG107"]


def test_no_text_of_a_pattern_gets_longer_than_a_value_may_be(tmp_path: Path) -> None:
    template = {"input": "{a}" * 1_001, "output": "x", "category": "c"}
    state, findings = look_at(tmp_path, table([{"a": "x" * 100}, {"a": "y"}], [template], "a"))
    assert [entry.pattern.input for entry in state.entries] == ["y" * 1_001]
    assert [finding.code for finding in findings if finding.severity == "error"] == ["ENG107"]
