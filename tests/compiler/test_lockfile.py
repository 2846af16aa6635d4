"""The lock on disk: written before the build, in one step, and never over somebody else's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from engram.compiler import compile_corpora, inspect, lockfile, verify_build
from engram.compiler.lock import HEADER, Line, Lock
from engram.compiler.lockfile import open_lock, save_lock
from engram.core.errors import EngramError
from engram.files.atomic import UNFINISHED
from engram.files.canonical import digest
from tests.compiler.factories import Fields, corpus, pattern, write_corpora


def sums(numbers: range = range(30), **fields: Any) -> Fields:
    return corpus([pattern(n, f"c{n % 2}", **fields) for n in numbers])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_corpora(tmp_path / "in", sums())


def test_the_manifest_names_the_lock_as_it_is_after_compiling(folder: Path, tmp_path: Path) -> None:
    manifest = compile_corpora(folder, tmp_path / "build").manifest
    assert manifest
    assert manifest.lock == digest((folder / "engram.lock").read_bytes())


def test_compiling_again_touches_nothing_and_makes_the_same_build(
    folder: Path, tmp_path: Path
) -> None:
    compile_corpora(folder, tmp_path / "build")
    before = (folder / "engram.lock").stat()
    again = compile_corpora(folder, tmp_path / "build")
    assert again.lock
    assert not again.lock.changed
    assert not again.changed
    after = (folder / "engram.lock").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_alone_is_compiled_under_the_lock_of_its_folder(
    folder: Path, tmp_path: Path
) -> None:
    write_corpora(folder, corpus([pattern(n, "d") for n in range(40, 60)], "more"))
    compile_corpora(folder, tmp_path / "build")
    lock = (folder / "engram.lock").read_bytes()
    alone = compile_corpora(folder / "more.yaml", tmp_path / "alone")
    assert alone.lock
    assert alone.lock.placed == 20
    assert (folder / "engram.lock").read_bytes() == lock


def test_validate_looks_at_the_lock_and_never_writes_one(folder: Path) -> None:
    assert inspect([folder]).findings == ()
    assert not (folder / "engram.lock").exists()
    lines = {f"p{n}": Line("test", {}) for n in range(9)}
    (folder / "engram.lock").write_bytes(Lock(lines).text)
    write_corpora(folder, corpus([pattern(n, id=f"p{n}") for n in range(9)]))
    assert [f.code for f in inspect([folder]).findings] == ["ENG502"]
    assert [f.code for f in inspect([folder / "sums.yaml"]).findings] == ["ENG502"]


def test_validate_takes_the_locks_of_several_folders_for_none(folder: Path, tmp_path: Path) -> None:
    other = write_corpora(tmp_path / "other", corpus([pattern(n) for n in range(50, 70)], "more"))
    (other / "engram.lock").write_text("nonsense\n")
    assert [f.code for f in inspect([folder, other]).findings] == ["ENG501"]


@pytest.mark.parametrize("failure", range(30))
def test_a_crash_leaves_no_build_without_its_lock_and_heals(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: int
) -> None:
    """Every sync and rename fails in turn."""
    out = tmp_path / "build"
    compile_corpora(folder, out)
    write_corpora(folder, sums(range(40)))
    steps = 0

    def failing(real: Any) -> Any:
        def step(*arguments: Any, **options: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == failure + 1:
                raise KeyboardInterrupt
            return real(*arguments, **options)

        return step

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(os.fsync))
        patch.setattr(Path, "replace", failing(Path.replace))
        patch.setattr(Path, "rename", failing(Path.rename))
        try:
            compile_corpora(folder, out)
        except KeyboardInterrupt:
            now = digest((folder / "engram.lock").read_bytes())
            build = verify_build(out)
            assert build.manifest.lock == now or len(build.sites) == 30
    healed = compile_corpora(folder, out)
    whole = compile_corpora(folder, tmp_path / "other")
    assert healed.manifest == whole.manifest == verify_build(out).manifest
    assert not list(tmp_path.rglob(f"{UNFINISHED}*"))


def test_a_lock_that_somebody_else_wrote_meanwhile_is_not_lost(folder: Path) -> None:
    file, lock, _ = open_lock(folder / "engram.lock")
    theirs = Lock({"theirs": Line("train", {})}).text
    file.path.write_bytes(theirs)
    with pytest.raises(EngramError, match="was changed while this was compiling"):
        save_lock(file, lock)
    assert file.path.read_bytes() == theirs
    save_lock(file, Lock({"theirs": Line("train", {})}))


def test_a_folder_that_cannot_be_written_is_said_before_anything_is(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(lockfile, "write_file", refuse)
    with pytest.raises(EngramError, match=r"cannot write .*engram\.lock: Permission denied"):
        compile_corpora(folder, tmp_path / "build")
    assert not (tmp_path / "build").exists()


def reasons(folder: Path, tmp_path: Path) -> list[str]:
    findings = compile_corpora(folder, tmp_path / "build", lock="locked").findings
    assert {f.code for f in findings if f.severity == "error"} <= {"ENG503"}
    return [f.message for f in findings if f.code == "ENG503"]


def test_locked_says_each_reason_for_which_the_lock_would_change(
    folder: Path, tmp_path: Path
) -> None:
    patterns = [pattern(n, id=f"p{n}") for n in range(4)]
    lines = {"p0": Line("train", {}), "p1": Line("test", {}), "p2": Line("test", {})}
    (folder / "engram.lock").write_bytes(Lock(lines).text)
    write_corpora(folder, corpus(patterns[:3], phrasings=[]))
    compile_corpora(folder, tmp_path / "build")
    assert reasons(folder, tmp_path) == []

    patterns[0]["variants"] = ["2  + 1 ="]
    patterns += [pattern(n, id=f"p{n}") for n in range(4, 7)]
    write_corpora(folder, corpus(patterns, phrasings=[]))
    before = (folder / "engram.lock").read_bytes()
    assert reasons(folder, tmp_path) == [
        "1 pattern has another place than in the lock: `p1`",
        "1 pattern has other wordings than in the lock: `p0`",
        "4 patterns have no place in the lock yet: `p3`, `p4`, `p5` and 1 more",
    ]
    assert (folder / "engram.lock").read_bytes() == before


def test_locked_wants_the_layout_that_compile_writes(folder: Path, tmp_path: Path) -> None:
    compile_corpora(folder, tmp_path / "build")
    text = (folder / "engram.lock").read_text()
    (folder / "engram.lock").write_text("\n".join([HEADER, *text.splitlines()[:0:-1]]))
    assert reasons(folder, tmp_path) == ["the lock is not laid out as `engram compile` writes it"]
    compile_corpora(folder, tmp_path / "build")
    assert (folder / "engram.lock").read_text() == text


def test_the_corpora_that_ship_have_a_lock_that_is_up_to_date(tmp_path: Path) -> None:
    """If this fails: ``engram compile corpora``, look at what changed in the lock, commit it."""
    shipped = Path(__file__).parents[2] / "corpora"
    copy = Path(shutil.copytree(shipped, tmp_path / "corpora"))
    findings = compile_corpora(copy, tmp_path / "build", lock="locked").findings
    assert [finding.message for finding in findings if finding.code == "ENG503"] == []
