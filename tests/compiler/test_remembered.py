"""What was found in the same files before is found again, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from engram.cli import cli
from engram.compiler import Inspection, inspect
from engram.core.config import Config
from tests.compiler.factories import corpus, pattern, write_corpora

TABLE = """\
name: table
description: Sums in a table
templates:
  - input: "{sum} ="
    output: "{result}"
    category: sums
rows: table.csv
key: sum
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENGRAM_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "found"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = write_corpora(tmp_path / "in", corpus([pattern(n) for n in range(12)]))
    (made / "table.yaml").write_text(TABLE)
    rows = "".join(f"1 + {n},{1 + n}\n" for n in range(100, 112))
    (made / "table.csv").write_text(f"sum,result\n{rows}")
    return made


def look(folder: Path, config: Config | None = None) -> Inspection:
    return inspect([folder], config, remembering=True)


def looked_anew(cache: Path) -> bool:
    """Whether an answer was written since this was asked last."""
    answers = list(cache.glob("*.json"))
    for answer in answers:
        answer.write_bytes(answer.read_bytes().replace(b'"patterns":', b'"patterns":1'))
    return bool(answers)


def test_what_is_remembered_is_what_was_found(folder: Path, cache: Path) -> None:
    first = look(folder)
    assert len(list(cache.iterdir())) == 1
    assert look(folder) == first == inspect([folder])


def test_the_same_files_are_not_looked_at_again(folder: Path, cache: Path) -> None:
    first = look(folder)
    assert looked_anew(cache)
    assert look(folder).patterns == int(f"1{first.patterns}")


@pytest.mark.parametrize(
    "name", ["sums.yaml", "table.csv", "table.yaml", "engram.lock", "new.yaml"]
)
def test_a_file_that_changed_is_looked_at(folder: Path, cache: Path, name: str) -> None:
    first = look(folder)
    assert looked_anew(cache)
    more = {
        "sums.yaml": (folder / "sums.yaml").read_text() + "# a comment\n",
        "table.csv": (folder / "table.csv").read_text().replace("1 + 111,112\n", "1 + 211,212\n"),
        "table.yaml": TABLE.replace("Sums in", "Additions in"),
        "engram.lock": "no lock\n",
        "new.yaml": (folder / "sums.yaml").read_text().replace("sums", "more"),
    }
    (folder / name).write_text(more[name])
    assert look(folder) == inspect([folder])
    assert look(folder).patterns in (first.patterns, first.patterns + 12)


def test_other_settings_are_another_question(folder: Path, cache: Path) -> None:
    look(folder)
    assert looked_anew(cache)
    strict = Config(select=("ENG3",))
    assert look(folder, strict) == inspect([folder], strict)


def test_what_is_wrong_is_looked_at_every_time(folder: Path, cache: Path) -> None:
    (folder / "bad.yaml").write_text("name: bad\n")
    assert look(folder).findings
    assert not cache.exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"files": "many"}'])
def test_a_damaged_answer_is_none(folder: Path, cache: Path, content: bytes) -> None:
    first = look(folder)
    for answer in cache.iterdir():
        answer.write_bytes(content)
    assert look(folder) == first


def test_a_place_that_cannot_be_written_costs_only_time(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    assert look(folder) == inspect([folder])


def test_only_so_many_answers_are_kept(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engram.compiler.remembered.MOST", 3)
    for number in range(5):
        (folder / "sums.yaml").open("a").write(f"# {number}\n")
        look(folder)
    assert len(list(cache.iterdir())) == 3


def test_the_command_remembers_unless_told_not_to(folder: Path, cache: Path) -> None:
    for flags, remembered in ((["--no-cache"], False), ([], True)):
        assert CliRunner().invoke(cli, ["validate", str(folder), *flags]).exit_code == 0
        assert cache.exists() is remembered
