"""Example files: the good ones are taken without a word, the bad ones say what they expect.

They say it in comments, or where their format has none, in a file ``NAME.expect`` beside them. What
is expected in another file, such as a table, ends with the name of that file.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from engram.compiler import compile_corpora, inspect, validate
from engram.compiler.sources import SUFFIXES
from engram.core.finding import errors_in

EXAMPLES = Path(__file__).parent / "examples"
GOOD = sorted(path for path in (EXAMPLES / "good").iterdir() if path.name.endswith(SUFFIXES))
BAD = sorted(
    path
    for path in (EXAMPLES / "bad").iterdir()
    if path.name.endswith(SUFFIXES) and path.name != "bulk.jsonl"  # which has fields that speak
)
EXPECTED = re.compile(r"^# expect: (ENG[0-9]+)(?: ([0-9]+:[0-9]+))?(?: ([a-z_.]+))?$", re.MULTILINE)

# A corpus of a few patterns tests little, and says so; that is not what these are about.
SMALL = "ENG312"


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_good_files_are_taken_without_a_word(path: Path) -> None:
    assert [f for f in validate([path]) if f.code != SMALL] == []


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_bad_files_are_found_out_where_they_say(path: Path) -> None:
    beside = path.with_name(f"{path.name}.expect")
    said = beside if beside.exists() else path
    expected = EXPECTED.findall(said.read_text(encoding="utf-8"))
    found = [
        (f.code, f"{f.line}:{f.column}" if f.line else "", name_of(f.file, path))
        for f in validate([path])
    ]
    assert sorted(found) == sorted(expected)


def name_of(file: str, path: Path) -> str:
    return "" if file == str(path) else Path(file).name


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_findings_name_the_file_as_it_was_given_and_help(path: Path) -> None:
    for finding in validate([path]):
        assert Path(finding.file).parent == path.parent
        assert finding.message


def test_a_bad_file_hides_nothing_in_another() -> None:
    alone = [finding for path in BAD for finding in validate([path])]
    together = validate([EXAMPLES / "bad"])
    errors = errors_in(alone)
    assert {(f.file, f.code, f.line) for f in errors} <= {
        (f.file, f.code, f.line) for f in together
    }


def test_nothing_is_written_if_there_are_errors(tmp_path: Path) -> None:
    compiled = compile_corpora(EXAMPLES / "bad", tmp_path / "build")
    assert compiled.manifest is None
    assert errors_in(compiled.findings)
    assert not (tmp_path / "build").exists()


def test_good_files_compile_together(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EXAMPLES / "good", tmp_path / "in"))
    compiled = compile_corpora(folder, tmp_path / "build")
    assert compiled.manifest is not None
    assert inspect([EXAMPLES / "good"]).patterns == 24
