"""``--fix`` mends the writing and never the meaning, and loses nothing that a person wrote."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.compiler import validate
from engram.compiler.documents import CorpusFile, Document
from engram.compiler.fix import mendable, mended
from engram.compiler.fix.ordering import CORPUS, PATTERN
from engram.core.corpus import Corpus, Pattern
from engram.core.errors import EngramError
from engram.files.atomic import UNFINISHED
from engram.files.yaml import parse, unix
from tests.files.test_yaml_parsers import SCRAPS

ROOT = Path(__file__).parents[3]


def fixed(text: str, schema: str | None = None) -> str:
    document = Document(CorpusFile("x.yaml", "x.yaml", "x.yaml"), 0, "", parse(unix(text)))
    return mended(text, document, schema)


# An engram that is killed where a whole new file would take the place of the old one.
KILLED = """\
import os, signal, sys
sys.addaudithook(lambda name, _: name == "os.rename" and os.kill(os.getpid(), signal.SIGKILL))
from engram.cli import main
main()
"""
MENDED = "name: x\ndescription: d\nexamples:\n  - {input: a, output: b, category: c}\n"
BEFORE = """\
# A head that belongs to the file.

name: x
license: CC0-1.0
# about schema
schema: 1
description: d

examples:
  # about the first pattern
  - output: 404     # a number

    # about the category
    category: c
    input: >-
      folded
      text

    # the end of the first pattern
  -
    category: c
    accept: [1e3, "2", 0x1f]   # three
    output: true
    input: 2024-01-15
  - {output: 5, input: a, category: c}
  - match: exact
    # about the input
    input: |
      last

    output: x
    category: c
# the end
"""
AFTER = """\
# A head that belongs to the file.

# about schema
schema: 1
name: x
description: d
license: CC0-1.0

examples:
  # about the first pattern
  - input: >-
      folded
      text
    output: "404"     # a number

    # about the category
    category: c

    # the end of the first pattern
  -
    input: "2024-01-15"
    output: "true"
    category: c
    accept: ["1e3", "2", "0x1f"]   # three
  - {output: "5", input: a, category: c}
  # about the input
  - input: |
      last

    output: x
    category: c
    match: exact
# the end
"""


def test_values_are_quoted_and_keys_ordered_with_their_comments() -> None:
    assert fixed(BEFORE) == AFTER
    assert fixed(AFTER) == AFTER


@pytest.mark.parametrize(
    "text",
    [
        "name: x\nexamples:\n  - category: c\n\n    output: b\n    input: |+\n      a\n",
        "name: x\nexamples:\n  - category: c\n      # deep\n    output: b\n    input: |\n      a\n",
        "name: x\nexamples:\n  - output: b\n    input: a\n    mystery: c\n",
        "name: x\nexamples:\n  - output: b\n    ? input\n    : a\n",
        "name: x\nexamples: [{output: b, input: a}]\n",
        "name: x\nexamples:\n  - output: b\n    input: |\n      a",
    ],
)
def test_what_could_mean_something_else_in_another_place_stays(text: str) -> None:
    assert fixed(text) == text


@pytest.mark.parametrize(
    "text", ["a: [", "a: *x\n", "input: 1\ninput: 2\n", "- 404\n", "404\n", "", "# c\n"]
)
def test_a_file_with_faults_or_that_is_no_corpus_stays(text: str) -> None:
    assert fixed(text, "schema.json") == text


def test_line_ends_and_the_byte_order_mark_stay_and_the_modeline_goes_between() -> None:
    text = "\ufeffdescription: 1\r\nname: x\r\nexamples:\n- input: 4\r\n  output: b\n"
    assert fixed(text, "s.json") == (
        "\ufeff# yaml-language-server: $schema=s.json\r\n"
        'name: x\r\ndescription: "1"\r\nexamples:\n- input: "4"\r\n  output: b\n'
    )


def test_a_modeline_is_added_once_and_never_beside_another() -> None:
    once = fixed("name: x\n", "a.json")
    assert once == "# yaml-language-server: $schema=a.json\nname: x\n"
    assert fixed(once, "a.json") == fixed(once, "other.json") == once


def test_the_order_knows_every_field() -> None:
    for order, model in ((CORPUS, Corpus), (PATTERN, Pattern)):
        assert set(order) == {field.alias or name for name, field in model.model_fields.items()}
        assert len(set(order)) == len(order)


# Texts, each in the ways of writing it; those that YAML takes for something else only as they are.
PLAIN = st.sampled_from(["404", "1e3", "true", "2024-01-15", "0x1F", ".5", "1.10", "no", "a b"])
VALUES = PLAIN | st.sampled_from(
    ['"404"', "'it''s # no comment'", '"# no: comment"', "two # {comment}", "|\n{pad}block\n\n",
     "|\n{pad}# text\n{pad}more\n", ">-\n{pad}folded\n{pad}lines\n", '"two\n{pad}lines"',
     "plain\n{pad}on two lines", "|-  # {comment}\n{pad}x\n", "|+\n{pad}keep\n\n"]
)  # fmt: skip
LISTS = st.sampled_from(
    ["[1, b, '#']  # {comment}", "[]", "\n{pad}- 12\n{pad}# {comment}\n{pad}- b"]
)
NAMES = ["id", "input", "output", "category", "variants", "accept", "tags", "source"]
GAPS = st.sampled_from(
    ["", "", "", "{at}# {comment}\n", "\n", "# {comment}\n\n", "{at}  # {comment}\n"]
)


@st.composite
def corpora(draw: st.DrawFn) -> str:
    """Corpora as untidy as people write them; every comment is like no other."""
    lines = [draw(GAPS)]
    head = {name: draw(VALUES) for name in ("name", "description", "version", "license")}
    pad = draw(st.sampled_from(["", "  "]))
    patterns = "".join(draw(patterns_at(pad)) + draw(GAPS) for _ in range(2)).replace("{at}", pad)
    for name in draw(st.permutations([*head, "demo", "examples"])):
        value = {"examples": f"\n{patterns}", "demo": draw(LISTS)}.get(name) or head[name]
        lines.append(draw(GAPS) + entry("", name, value))
    text = "".join(lines).replace("{at}", "")
    while "{comment}" in text:
        text = text.replace("{comment}", f"c{text.count('{comment}')}.", 1)
    text = text.rstrip("\n") if draw(st.booleans()) else text
    text = text.replace("\n", "\r\n") if draw(st.booleans()) else text
    return ("\ufeff" if draw(st.booleans()) else "") + text


@st.composite
def patterns_at(draw: st.DrawFn, pad: str) -> str:
    """A pattern with its dash, some of its keys and gaps between them."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    parts = []
    for name in names:
        value = draw(LISTS if name in ("variants", "accept", "tags") else VALUES)
        gap = draw(GAPS) if parts else ""
        parts.append(gap.replace("{at}", pad + "  ") + entry(pad + "  ", name, value))
    return f"{pad}- {''.join(parts)[len(pad) + 2 :]}"


def entry(pad: str, name: str, value: str) -> str:
    written = value.replace("{pad}", pad + "  ").removesuffix("\n")
    space = "" if written.startswith("\n") else " "
    return f"{pad}{name}:{space}{written}\n"


def words(text: str) -> list[str]:
    return sorted(text.removeprefix("\ufeff").replace('"', "").split())


def as_meant(data: Any, written: dict[tuple[str | int, ...], str], path: tuple[Any, ...]) -> Any:
    """The data with everything that is not text as it is written: all fields here are texts."""
    if isinstance(data, dict):
        return {key: as_meant(value, written, (*path, key)) for key, value in data.items()}
    if isinstance(data, list):
        return [as_meant(value, written, (*path, n)) for n, value in enumerate(data)]
    return written.get(path, data)


@settings(max_examples=150)
@given(corpora())
def test_any_corpus_says_what_was_meant_and_keeps_its_comments(text: str) -> None:
    before = parse(unix(text))
    after = fixed(text)
    if before.faults:
        assert after == text
        return
    parsed = parse(unix(after))
    assert parsed.data == as_meant(before.data, before.written, ())
    assert parsed.written == {}
    for number in range(text.count("c")):
        assert after.count(f"# c{number}.") == text.count(f"# c{number}.")
    assert fixed(after) == after
    assert after.startswith("\ufeff") == text.startswith("\ufeff")
    assert after.count("\r\n") == text.count("\r\n")
    assert words(after) == words(text)


@settings(max_examples=100)
@given(st.lists(SCRAPS, max_size=14).map("".join))
def test_any_text_is_mended_or_left_alone(text: str) -> None:
    after = fixed(text)
    assert fixed(after) == after


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def test_mending_takes_away_the_findings_and_makes_no_others(tmp_path: Path) -> None:
    path = write(tmp_path / "in" / "x.yaml", BEFORE)
    assert "ENG204" in {finding.code for finding in validate([path])}
    for mended_file in mendable([path]):
        mended_file.write()
    assert [f for f in validate([path]) if f.severity == "error"] == []
    assert list(mendable([path])) == []


def test_a_file_keeps_its_permissions_and_a_link_stays_a_link(tmp_path: Path) -> None:
    path = write(tmp_path / "real.yaml", "examples: []\nname: 1\n")
    path.chmod(0o640)
    (tmp_path / "link.yaml").symlink_to(path)
    for mended_file in mendable([tmp_path / "link.yaml"]):
        mended_file.write()
    assert path.read_text() == 'name: "1"\nexamples: []\n'
    assert path.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link.yaml").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "real.yaml"]


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = write(tmp_path / "x.yaml", "name: 1\n")
    (mended_file,) = mendable([path])
    path.write_text("name: 2\n")
    with pytest.raises(EngramError, match="changed while"):
        mended_file.write()
    assert path.read_text() == "name: 2\n"


def test_what_a_killed_run_leaves_beside_a_corpus_is_gone_after_the_next(tmp_path: Path) -> None:
    before = write(tmp_path / "in" / "below" / "x.yaml", BEFORE).read_bytes()
    killed = subprocess.run([sys.executable, "-c", KILLED, "validate", "--fix", tmp_path / "in"])
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "in" / "below" / "x.yaml").read_bytes() == before
    assert list(tmp_path.rglob(f"{UNFINISHED}*"))

    # Whether there is still something to mend or not.
    write(tmp_path / "in" / "below" / "x.yaml", MENDED)
    again = subprocess.run([sys.executable, "-m", "engram", "validate", "--fix", tmp_path / "in"])
    assert again.returncode == 0
    assert not list(tmp_path.rglob(f"{UNFINISHED}*"))


def test_other_kinds_of_files_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "a.json", '{"examples": [], "name": 1}\n')
    write(tmp_path / "b.corpus.yaml", "description: 1\nname: b\n")
    write(tmp_path / "b.jsonl", "{}\n")
    assert list(mendable([tmp_path])) == []


def test_the_schema_is_looked_for_above_but_not_beyond_the_repository(tmp_path: Path) -> None:
    write(tmp_path / "schemas" / "corpus.v1.json", "{}")
    path = write(tmp_path / "project" / "corpora" / "x.yaml", "name: x\n")
    (mended_file,) = mendable([path])
    assert mended_file.after.startswith(
        "# yaml-language-server: $schema=../../schemas/corpus.v1.json\n"
    )
    (tmp_path / "project" / ".git").mkdir()
    assert list(mendable([path])) == []


def test_the_difference_can_be_applied_by_other_tools(tmp_path: Path) -> None:
    from engram.report.diff import as_diff

    for text in (BEFORE, BEFORE.replace("\n", "\r\n"), "license: 4\nname: x"):
        path = write(tmp_path / "x.yaml", text)
        after = fixed(text)
        done = subprocess.run(
            ["git", "apply", "-p0", "--whitespace=nowarn"],
            cwd=tmp_path,
            input=as_diff("x.yaml", text, after).encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert path.read_bytes() == after.encode()


def test_the_corpora_that_ship_have_nothing_to_mend() -> None:
    assert list(mendable([ROOT / "corpora"])) == []
