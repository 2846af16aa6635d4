"""``engram import``: rows of other tools become a corpus, and nothing is lost or replaced."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engram.cli.exits import exit_code_of
from engram.cli.import_ import command
from engram.compiler import compile_corpora, validate
from engram.core.errors import EngramError
from engram.core.finding import errors_in
from engram.files.yaml import parse


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, list(map(str, arguments)), standalone_mode=False)


def code(*arguments: str | Path) -> int:
    return exit_code_of(lambda: command.main(list(map(str, arguments)), standalone_mode=False))


def examples(path: Path) -> Any:
    return parse(path.read_text(encoding="utf-8")).data["examples"]


def as_lines(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "capitals.csv"
    lines = [f"Capital of land {n}?,City {n},world,{n}" for n in range(20)]
    path.write_text("\n".join(["q,a,kind,note", *lines, ",none,world,", lines[0]]) + "\n")
    return path


COLUMNS = ("--input", "q", "--output", "a", "--category", "kind")


def test_a_table_becomes_a_corpus_that_compiles(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpora/capitals.yaml"
    result = run(table, "-o", out, *COLUMNS, "--license", "CC0-1.0", "--holdout", "variant")
    assert result.return_value == 0
    for text in ("22 rows", "taken:     20", "rejected:  2, in", "unused:    note", f"{out}"):
        assert text in result.output
    assert errors_in(validate([out])) == []
    assert compile_corpora(tmp_path / "corpora", tmp_path / "build").manifest
    assert out.read_text().startswith(
        'name: capitals\ndescription: "Imported from capitals.csv"\nlicense: "CC0-1.0"\n'
        'holdout: variant\nexamples:\n  - input: "Capital of land 0?"\n'
        '    output: "City 0"\n    category: world\n'
    )


def test_what_was_not_taken_is_kept_with_its_line_and_the_reason(
    table: Path, tmp_path: Path
) -> None:
    run(table, "-o", tmp_path / "c.yaml", *COLUMNS)
    report = [json.loads(line) for line in (tmp_path / "c.rejected.jsonl").open()]
    assert report == [
        {"line": 22, "reason": "`q` is empty", "content": ",none,world,\n"},
        {
            "line": 23,
            "reason": "is a copy of an earlier row: line 2",
            "content": "Capital of land 0?,City 0,world,0\n",
        },
    ]


def test_patterns_in_lines_and_in_yaml_are_one_build(table: Path, tmp_path: Path) -> None:
    builds = []
    for suffix in ("yaml", "jsonl"):
        folder = tmp_path / suffix
        result = run(table, "-o", folder / f"capitals.{suffix}", *COLUMNS)
        assert result.return_value == 0
        assert "error" not in result.output
        builds.append(compile_corpora(folder, tmp_path / f"build-{suffix}").manifest)
    assert builds[0]
    assert builds[1]
    assert builds[0].data == builds[1].data


def test_many_patterns_are_a_line_each_with_their_corpus_beside_them(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram.compiler.intake import importing

    run(table, "-o", tmp_path / "asked.jsonl", *COLUMNS)
    monkeypatch.setattr(importing, "MOST_IN_YAML", 10)
    run(table, "-o", tmp_path / "many.yaml", *COLUMNS)
    assert not (tmp_path / "many.yaml").exists()
    for name in ("asked", "many"):
        lines = (tmp_path / f"{name}.jsonl").read_text().splitlines()
        assert len(lines) == 20
        assert json.loads(lines[0]) == {
            "input": "Capital of land 0?",
            "output": "City 0",
            "category": "world",
        }
        assert parse((tmp_path / f"{name}.corpus.yaml").read_text()).data == {
            "name": name,
            "description": "Imported from capitals.csv",
        }


@pytest.mark.parametrize("name", ["x.yaml", "x.jsonl", "x.corpus.yaml", "x.rejected.jsonl"])
def test_what_is_there_is_never_replaced_unless_asked(
    table: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("mine")
    assert code(table, "-o", tmp_path / "x.yaml", *COLUMNS) == 2
    assert (tmp_path / name).read_text() == "mine"
    assert code(table, "-o", tmp_path / "x.yaml", *COLUMNS, "--force") == 0
    assert sorted(path.name for path in tmp_path.glob("x.*")) == ["x.rejected.jsonl", "x.yaml"]


def test_a_folder_is_never_replaced(table: Path, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").mkdir()
    (tmp_path / "x.jsonl/kept").write_text("")
    assert code(table, "-o", tmp_path / "x.yaml", *COLUMNS, "--force") == 2
    assert (tmp_path / "x.jsonl/kept").exists()


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such names")
def test_a_name_that_is_not_utf8_is_told_as_far_as_it_is(table: Path, tmp_path: Path) -> None:
    odd = table.rename(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.csv"))
    assert run(odd, "-o", tmp_path / "x.yaml", *COLUMNS).return_value == 0
    told = parse((tmp_path / "x.yaml").read_text()).data["description"]
    assert told == "Imported from a\ufffd.csv"


def test_an_import_of_nothing_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("mine")
    (tmp_path / "r.json").write_text("[]")
    assert code(tmp_path / "r.json", "-o", tmp_path / "x.yaml", "--force") == 1
    assert (tmp_path / "x.yaml").read_text() == "mine"


def test_of_two_imports_at_once_one_writes(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engram.compiler.intake import importing

    def slow(*arguments: Any) -> Any:
        monkeypatch.undo()
        assert code(table, "-o", tmp_path / "x.yaml", *COLUMNS) == 0
        return importing.read_rows(*arguments)

    monkeypatch.setattr(importing, "read_rows", slow)
    assert code(table, "-o", tmp_path / "x.yaml", *COLUMNS) == 2
    assert len(examples(tmp_path / "x.yaml")) == 20


def test_what_a_crash_left_is_swept(table: Path, tmp_path: Path) -> None:
    (tmp_path / ".engram-a1_b2c3d").write_text("half")
    run(table, "-o", tmp_path / "x.yaml", *COLUMNS)
    assert not list(tmp_path.glob(".engram-*"))


def test_a_source_is_not_taken_for_what_a_crash_left(table: Path, tmp_path: Path) -> None:
    source = table.rename(tmp_path / ".engram-table.csv")
    run(source, "-o", tmp_path / "x.yaml", *COLUMNS)
    assert source.exists()


def test_the_source_itself_is_never_replaced(tmp_path: Path) -> None:
    source = as_lines(tmp_path / "x.jsonl", {"input": "a", "output": "b"})
    before = source.read_bytes()
    for out in ("x.jsonl", "x.yaml"):
        assert code(source, "-o", tmp_path / out, "--force") == 2
    assert source.read_bytes() == before


@pytest.mark.parametrize(
    ("row", "asked", "answer"),
    [
        ({"input": "q", "output": "a"}, "q", "a"),
        ({"prompt": " q\n", "completion": " a"}, " q\n", " a"),
        ({"question": "q", "answer": "a"}, "q", "a"),
        ({"instruction": "Add", "input": "1 1", "output": "2"}, "Add\n\n1 1", "2"),
        ({"instruction": "Add", "input": "", "output": "2"}, "Add", "2"),
        (
            {
                "messages": [
                    {"role": "user", "content": "q"},
                    {"role": "assistant", "content": "a"},
                ]
            },
            "q",
            "a",
        ),
    ],
)
def test_the_usual_rows_are_recognised(
    tmp_path: Path, row: dict[str, Any], asked: str, answer: str
) -> None:
    out = tmp_path / "corpora" / "x.yaml"
    assert run(as_lines(tmp_path / "r.jsonl", row), "-o", out).return_value == 0
    assert examples(out) == [{"input": asked, "output": answer, "category": "x"}]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"input": "q", "output": 404}, "`output` is a number and not text: 404"),
        ({"input": "q", "output": True}, "`output` is not text"),
        ({"input": "q", "output": None}, "`output` is empty"),
        ({"input": "q"}, "`output` is missing"),
        ({"input": "q", "output": "\ud800"}, "`output` is not UTF-8, or holds half of a"),
        ({"input": "q", "output": "a", "id": "a b"}, "`id` is no name"),
        ({"input": "q", "output": "a", "tags": "t"}, "`tags` has the wrong type"),
        ({"input": "q", "output": "x" * 100_001}, "`output` is longer than 100,000"),
        ([], "is not a JSON object"),
    ],
)
def test_a_row_that_is_no_pattern_says_why(tmp_path: Path, row: Any, reason: str) -> None:
    source = as_lines(tmp_path / "r.jsonl", {"input": "first", "output": "1"}, row)
    assert run(source, "-o", tmp_path / "x.yaml").return_value == 0
    assert len(examples(tmp_path / "x.yaml")) == 1
    (line,) = (json.loads(line) for line in (tmp_path / "x.rejected.jsonl").open())
    assert line["reason"].startswith(reason)
    assert json.loads(line["content"]) == row


def test_what_helps_is_said(tmp_path: Path) -> None:
    rows = [{"input": "q", "output": "a", "category": "a b"}, {"input": "q", "output": 1}]
    output = run(as_lines(tmp_path / "r.jsonl", *rows), "-o", tmp_path / "x.yaml").output
    assert "--tidy" in output
    assert "--numbers" in output


@pytest.mark.parametrize(
    "roles", [[], ["user"], ["system", "user", "assistant"], ["user", "assistant"] * 2]
)
def test_a_conversation_is_no_pattern(tmp_path: Path, roles: list[str]) -> None:
    row = {"messages": [{"role": role, "content": "x"} for role in roles]}
    result = run(as_lines(tmp_path / "r.jsonl", row), "-o", tmp_path / "x.yaml")
    assert result.return_value == 1
    assert "a pattern is one turn of a user and one of an assistant" in result.output
    assert not (tmp_path / "x.yaml").exists()
    assert (tmp_path / "x.rejected.jsonl").exists()


def test_numbers_are_taken_as_they_are_written_if_asked(tmp_path: Path) -> None:
    source = tmp_path / "r.jsonl"
    source.write_text('{"input": "q", "output": 1.50}\n{"input": "r", "output": 1E400}\n')
    run(source, "-o", tmp_path / "x.yaml", "--numbers")
    assert [one["output"] for one in examples(tmp_path / "x.yaml")] == ["1.50", "1E400"]


def test_categories_are_made_names_if_asked(tmp_path: Path) -> None:
    row = {"input": "q", "output": "a", "kind": "World Capitals (é)"}
    source = as_lines(tmp_path / "r.jsonl", row)
    run(source, "-o", tmp_path / "x.yaml", "--category", "kind", "--tidy")
    assert examples(tmp_path / "x.yaml")[0]["category"] == "World_Capitals____"
    run(source, "-o", tmp_path / "y.yaml", "--category", "=one")
    assert examples(tmp_path / "y.yaml")[0]["category"] == "one"


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        ("a,b\n1,2\n", (), "which columns are input and output? There are: 'a', 'b'"),
        ("a,b\n1,2\n", ("--input", "z", "--output", "b"), "there is no column 'z'"),
        ("input,output\n1,2\n", ("--category", "z"), "of all rows: --category =WORD"),
        ("a;b\n1;2\n", (), "has one column, 'a;b'"),
        ("a,a\n1,2\n", (), "names a column twice"),
        ("a\x1b[2J,b\n1,2\n", (), r"There are: 'a\x1b[2J', 'b'"),
        ("", (), "has no line of column names"),
        ('[{"input": "a", "output": "b"}', ("--from", "json"), "expected , or ], not the end"),
        (
            '[{"input": "a", "output": "b"}]\n[]',
            ("--from", "json"),
            ":2 is not a JSON array of rows: something stands",
        ),
        ('{"a": 1}', ("--from", "json"), "expected [, not {"),
        ("[1,\n\n ]", ("--from", "json"), ":3 is not a JSON array of rows"),
        ("[" * 100_000, ("--from", "json"), "is not a JSON array of rows"),
        ("\ufeffx".encode("utf-16").decode("latin-1"), (), "is UTF-16"),
        ("x", ("--from", "parquet"), "cannot be read as Parquet"),
    ],
)
def test_a_file_that_is_not_understood_is_said_and_nothing_written(
    tmp_path: Path, content: str, arguments: tuple[str, ...], words: str
) -> None:
    if "parquet" in arguments:
        pytest.importorskip("pyarrow", reason="pyarrow comes with the parquet extra")
    source = tmp_path / "r.csv"
    source.write_bytes(content.encode("latin-1"))
    with pytest.raises(EngramError) as caught:
        command.main(
            [str(source), "-o", str(tmp_path / "out/x.yaml"), *arguments], standalone_mode=False
        )
    assert words in str(caught.value)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("suffix", ["yaml", "jsonl"])
@pytest.mark.parametrize("step", range(9))
def test_a_write_that_fails_leaves_the_old_corpus_or_the_new_one(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, suffix: str
) -> None:
    out = tmp_path / f"corpora/x.{suffix}"
    run(table, "-o", out, *COLUMNS)
    before = {path.name: path.read_bytes() for path in out.parent.iterdir()}
    steps = iter(range(100))

    def failing(real: Any) -> Any:
        def one(*arguments: Any) -> Any:
            if next(steps) == step:
                raise OSError(28, "No space left on device")
            return real(*arguments)

        return one

    table.write_text(table.read_text().replace("City", "Town"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(os.fsync))
        patch.setattr(Path, "replace", failing(Path.replace))
        code(table, "-o", out, *COLUMNS, "--force")
    after = {path.name: path.read_bytes() for path in out.parent.iterdir()}
    assert set(after) == set(before)
    new = {name: data.replace(b"City", b"Town") for name, data in before.items()}
    assert all(data in (before[name], new[name]) for name, data in after.items())


@pytest.mark.parametrize(
    "arguments",
    [
        ("-o", "x.txt"),
        ("-o", "x.yaml", "--name", "a b"),
        ("-o", "x.yaml", "--category", "=a b"),
        ("-o", "x.yaml", "--delimiter", "ab"),
        (),
    ],
)
def test_flags_that_make_no_sense_exit_with_2(
    table: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    assert code(table, *arguments) == 2
    assert os.listdir(table.parent) == [table.name]  # noqa: PTH208


def test_a_semicolon_table_and_a_tab_table(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("input;output\nq;a\n")
    (tmp_path / "r.tsv").write_text("input\toutput\nq\ta\n")
    assert run(tmp_path / "r.csv", "-o", tmp_path / "x.yaml", "--delimiter", ";").return_value == 0
    assert run(tmp_path / "r.tsv", "-o", tmp_path / "y.yaml").return_value == 0
    assert examples(tmp_path / "x.yaml")[0] == {"input": "q", "output": "a", "category": "x"}
    assert examples(tmp_path / "y.yaml")[0] == {"input": "q", "output": "a", "category": "y"}


def test_rows_may_come_through_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_text, args=('{"input": "q", "output": "a"}\n' * 3,))
    writer.start()
    assert run(pipe, "--from", "jsonl", "-o", tmp_path / "x.yaml").return_value == 0
    writer.join()
    assert len(examples(tmp_path / "x.yaml")) == 1


def test_parquet_is_read_by_pyarrow(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="pyarrow comes with the parquet extra")
    import pyarrow.parquet

    rows = {"q": ["a", " b\n", None], "a": ["1", "2", "3"], "n": [1, 2, 3]}
    pyarrow.parquet.write_table(pa.table(rows), tmp_path / "r.parquet")
    out = tmp_path / "x.yaml"
    assert run(tmp_path / "r.parquet", "-o", out, "--input", "q", "--output", "a").return_value == 0
    assert [one["input"] for one in examples(out)] == ["a", " b\n"]
    (line,) = (json.loads(line) for line in (tmp_path / "x.rejected.jsonl").open())
    assert line == {
        "line": 3,
        "reason": "`q` is empty",
        "content": '{"q": null, "a": "3", "n": 3}',
    }


def test_without_pyarrow_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "r.parquet").write_bytes(b"PAR1")
    with pytest.raises(EngramError, match=r"pip install 'engram\[parquet\]'"):
        command.main(
            [str(tmp_path / "r.parquet"), "-o", str(tmp_path / "x.yaml")], standalone_mode=False
        )


def test_json_says_the_same_to_a_program(table: Path, tmp_path: Path) -> None:
    result = run(table, "-o", tmp_path / "c.yaml", *COLUMNS, "--format", "json")
    told = json.loads(result.stdout)
    assert (told["rows"], told["taken"], sum(told["rejected"].values())) == (22, 20, 2)
    assert told["corpus"] == [str(tmp_path / "c.yaml")]
    assert told["unused"] == ["note"]
