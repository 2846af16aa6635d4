"""Which files are corpora, and what is said about the rest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engram.compiler import inspect, validate
from engram.compiler.sources import find
from engram.core.errors import EngramError
from tests.compiler.factories import corpus, pattern, write_corpora


def test_regular_yaml_files_are_found_in_every_folder_below(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "sub/c.yaml", "sub/deep/d.yaml", "notes.txt", ".hidden.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.yaml").write_text("x")
    files, findings = find([tmp_path])
    assert [file.path for file in files] == ["a.yml", "b.yaml", "sub/c.yaml", "sub/deep/d.yaml"]
    assert files[0].shown == str(tmp_path / "a.yml")
    assert findings == []


def test_a_file_that_is_named_twice_is_looked_at_once(tmp_path: Path) -> None:
    folder = write_corpora(tmp_path / "in", corpus([pattern(1)]))
    assert inspect([folder, folder / "sums.yaml", folder]).files == 1


def test_links_and_pipes_are_findings_and_never_followed(tmp_path: Path) -> None:
    folder = write_corpora(tmp_path / "in", corpus([pattern(n) for n in range(20)]))
    (folder / "out.yaml").symlink_to("/etc/passwd")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.yaml")
    found = {Path(f.file).name: f.code for f in validate([folder])}
    assert found == {"out.yaml": "ENG108", "loop": "ENG108", "pipe.yaml": "ENG108"}


def test_a_name_that_cannot_be_printed_is_a_finding_that_can(tmp_path: Path) -> None:
    for name in (b"\xff.yaml", b"a\nb.yaml", b"\x1b[31m.yaml"):
        (tmp_path / os.fsdecode(name)).write_text("x")
    findings = validate([tmp_path])
    assert [f.code for f in findings] == ["ENG108"] * 3
    assert all(f.file.isprintable() and f.file.encode() for f in findings)


def test_one_name_for_two_corpora_is_found_in_the_second(tmp_path: Path) -> None:
    folder = write_corpora(tmp_path / "in", corpus([pattern(n) for n in range(20)]))
    text = (folder / "sums.yaml").read_text().replace("2 +", "3 +")
    (folder / "z.yaml").write_text(text)
    findings = [f for f in validate([folder]) if f.severity == "error"]
    assert [(Path(f.file).name, f.code, f.line) for f in findings] == [("z.yaml", "ENG305", 2)]


def test_what_an_import_could_not_take_is_no_corpus(tmp_path: Path) -> None:
    folder = write_corpora(tmp_path / "in", corpus([pattern(n) for n in range(20)]))
    (folder / "sums.rejected.jsonl").write_text('{"line": 1}\n')
    assert validate([folder]) == []


@pytest.mark.parametrize("make", [lambda _: None, Path.mkdir])
def test_a_folder_without_corpora_or_none_at_all_is_no_finding_but_an_error(
    tmp_path: Path, make: object
) -> None:
    path = tmp_path / "corpora"
    make(path)  # type: ignore[operator]
    with pytest.raises(EngramError, match="corpora"):
        validate([path])
