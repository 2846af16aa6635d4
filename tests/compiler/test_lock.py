"""The text of a lock: small, sorted, the same for the same places; anything else is found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.compiler import compile_corpora, inspect
from engram.compiler.lock import HEADER, Line, Lock, name_of, parse_lock
from engram.core.build import Split
from engram.core.finding import Finding
from tests.compiler.factories import corpus, pattern, write_corpora

IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)
NAMES = st.integers(0, 2**64 - 1).map(lambda n: f"~{n:016x}")
HELD: st.SearchStrategy[Split | None] = st.sampled_from([None, "valid", "test"])


@st.composite
def locks(draw: st.DrawFn) -> Lock:
    """Any lock that a compiler could write: each name once, and only what is trained held out."""
    keys = draw(st.lists(st.one_of(IDS, NAMES), unique=True, max_size=8))
    free = iter(draw(st.lists(NAMES.filter(lambda n: n not in keys), unique=True, max_size=20)))
    lines = {}
    for key in keys:
        split: Split = draw(st.sampled_from(["train", "valid", "test"]))
        own = [name for name, _ in zip(free, range(draw(st.integers(0, 3))), strict=False)]
        lines[key] = Line(split, {n: draw(HELD) if split == "train" else None for n in own})
    return Lock(lines)


@given(locks(), st.randoms(use_true_random=False))
def test_a_lock_survives_its_text_in_any_order_and_with_either_line_end(
    lock: Lock, random: object
) -> None:
    text = lock.text
    assert parse_lock(text, "x") == (lock, [])
    header, *lines = text.splitlines(keepends=True)
    assert sorted(lines) == lines
    random.shuffle(lines)  # type: ignore[attr-defined]
    shuffled = b"".join([header, *lines])
    assert parse_lock(shuffled, "x") == (lock, [])
    assert parse_lock(shuffled.replace(b"\n", b"\r\n"), "x")[0].text == text


@given(st.binary(max_size=200))
def test_any_bytes_are_a_lock_or_findings_with_a_line(data: bytes) -> None:
    for text in (data, f"{HEADER}\n".encode() + data):
        lock, findings = parse_lock(text, "engram.lock")
        count = text.count(b"\n") + 1
        assert all(f.line and f.line <= count and f.file == "engram.lock" for f in findings)
        assert findings or parse_lock(lock.text, "x") == (lock, [])


def test_what_a_name_is_called_does_not_depend_on_case_and_white_space() -> None:
    assert name_of("Straße  1\n") == name_of("STRASSE 1")
    assert name_of("a b") != name_of("ab")


def found_in(*lines: str) -> list[Finding]:
    return parse_lock("".join(f"{line}\n" for line in lines).encode(), "engram.lock")[1]


A, B = "~00000000000000aa", "~00000000000000bb"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "one",
        "one ",
        "one tset",
        "one train ",
        "one  train",
        " one train",
        "one train two",
        f"one test {A}=test",
        f"one train {A}=train",
        f"one train {A}=",
        f"one train {A} {A}",
        f"{A} train {A}",
        "~00 train",
        "~00000000000000AA train",
        "-one train",
        "one\ttrain",
        "# one train",
        "=======",
        f"{'x' * 101} train",
    ],
)
def test_a_line_that_no_compiler_writes_is_found_where_it_stands(line: str) -> None:
    (finding,) = found_in(HEADER, "fine train", line)
    assert (finding.code, finding.severity) == ("ENG501", "error")
    assert finding.place == "engram.lock:3:1"
    assert finding.message.startswith("is no line of a lock: `")


@pytest.mark.parametrize(
    ("first", "message"),
    [
        ("", "does not begin as a lock does"),
        ("one train", "does not begin as a lock does"),
        (f"\ufeff{HEADER}", "does not begin as a lock does"),
        (HEADER.replace("lock 1", "lock 2"), "is a lock of version 2"),
        (HEADER.replace("13.0.0", "16.0.0"), "names wordings by Unicode 16.0.0"),
    ],
)
def test_a_file_that_begins_otherwise_is_no_lock(first: str, message: str) -> None:
    (finding,) = found_in(first, "one train", "nonsense")
    assert finding.message.startswith(message)
    assert finding.line == 1


def test_a_header_may_say_it_in_other_words() -> None:
    assert found_in("# engram.lock 1, Unicode 13.0.0: whatever", "one train") == []


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        ("one train", "one test", "one"),
        ("one train", "one train", "one"),
        (f"one train {A}", f"two train {A}", A),
        (f"one train {A}", f"{A} train", A),
        (f"{A} valid", f"two train {B} {A}=test", A),
    ],
)
def test_a_name_in_two_lines_is_found_in_the_second(one: str, other: str, name: str) -> None:
    (finding,) = found_in(HEADER, one, "between train", other)
    assert finding.line == 4
    assert finding.message == f"`{name}` already stands in line 2"


def test_a_merge_conflict_is_one_finding_and_says_how_to_resolve_it() -> None:
    ours, theirs = "<<<<<<< ours", ">>>>>>> theirs"
    lines = ["one train", ours, "two train", "=======", "two test", theirs, "three train"]
    (finding,) = found_in(HEADER, *lines)
    assert finding.place == "engram.lock:3:1"
    assert finding.message == "holds a merge conflict"
    assert "Keep the lines of both sides" in finding.help
    assert [f.line for f in found_in(ours, HEADER, "=======", theirs, ours)] == [1, 5]


def test_bytes_that_are_no_text_are_found_where_they_stand(tmp_path: Path) -> None:
    data = HEADER.encode() + b"\none train\ncaf\xe9 train\n"
    (finding,) = parse_lock(data, "engram.lock")[1]
    assert finding.place == "engram.lock:3:1"
    assert finding.message == r"is no line of a lock: `caf\xe9 train`"
    (finding,) = parse_lock(f"{HEADER}\n".encode("utf-16"), "engram.lock")[1]
    assert finding.line == 1


@pytest.mark.parametrize("kind", ["folder", "link", "pipe", "unreadable", "empty", "cut"])
def test_a_lock_that_cannot_be_used_is_found_and_left_alone(tmp_path: Path, kind: str) -> None:
    folder = write_corpora(tmp_path / "in", corpus([pattern(n) for n in range(20)]))
    path = folder / "engram.lock"
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to("elsewhere")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "unreadable":
        path.write_text(HEADER)
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
    else:
        path.write_bytes(b"" if kind == "empty" else Lock({A: Line("test", {})}).text[:-3])
    before = path.lstat()
    for findings in (inspect([folder]).findings, compile_corpora(folder, tmp_path / "b").findings):
        assert [f.code for f in findings] == ["ENG501"]
        assert findings[0].file == str(path)
    after = path.lstat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert not (tmp_path / "b").exists()


def test_each_line_that_is_none_is_found_whatever_stands_before_it() -> None:
    name = "~" + "0" * 16
    lines = ["what", "a train", f"b valid {name}=test", f"c test {name}=valid", "d valid"]
    found, findings = parse_lock("\n".join([HEADER, *lines, ""]).encode(), "engram.lock")
    assert [finding.line for finding in findings] == [2, 4, 5]
    assert sorted(found.lines) == ["a", "d"]
