"""A build on disk: the old one or the new one, the previous kept, nothing else left behind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from engram.compiler import compile_corpora, verify_build
from engram.core.build import Options
from engram.core.errors import EngramError
from engram.files import atomic
from tests.compiler.factories import Fields, corpus, pattern, write_corpora


def sums(first: int = 0) -> Fields:
    return corpus([pattern(n, f"c{n % 2}") for n in range(first, first + 30)])


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_build_holds_what_the_design_says_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "build"
    compiled = compile_corpora(write_corpora(tmp_path / "in", sums()), out)
    assert compiled.manifest
    assert compiled.changed
    assert names(out) == [
        "README.md",
        "croissant.json",
        "data",
        "manifest.json",
        "patterns",
        "provenance.json",
    ]
    assert names(out / compiled.manifest.data_folder) == [
        "README.md",
        "test.jsonl",
        "train.jsonl",
        "valid.jsonl",
    ]
    for word in (b"compiled", os.fsencode(tmp_path), b"hostname"):
        assert word not in compiled.manifest_path.read_bytes()


def test_compiling_again_touches_nothing(tmp_path: Path) -> None:
    folder = write_corpora(tmp_path / "in", sums())
    compile_corpora(folder, tmp_path / "build")
    before = snapshot(tmp_path / "build")
    again = compile_corpora(folder, tmp_path / "build")
    assert not again.changed
    assert snapshot(tmp_path / "build") == before


def test_the_previous_generation_is_kept_and_older_ones_are_swept(tmp_path: Path) -> None:
    out = tmp_path / "build"
    data = []
    for first in range(4):
        compiled = compile_corpora(write_corpora(tmp_path / "in", sums(first)), out)
        assert compiled.manifest
        data.append(compiled.manifest.data)
    assert set(names(out / "data")) == set(data[-2:])
    assert len(names(out / "patterns")) == 2
    verify_build(out)


def test_what_others_keep_in_the_folder_stays(tmp_path: Path) -> None:
    out = tmp_path / "build"
    (out / "runs" / "x").mkdir(parents=True)
    (out / ".gitignore").write_text("*")
    for first in range(3):
        compile_corpora(write_corpora(tmp_path / "in", sums(first)), out)
    assert {"runs", ".gitignore"} <= set(names(out))


def test_a_comment_changes_the_build_but_not_the_data(tmp_path: Path) -> None:
    folder, out = write_corpora(tmp_path / "in", sums()), tmp_path / "build"
    before = compile_corpora(folder, out)
    data = snapshot(out / "data")
    path = folder / "sums.yaml"
    path.write_text(f"# A comment.\n{path.read_text()}")
    after = compile_corpora(folder, out)
    assert before.manifest
    assert after.manifest
    assert after.manifest.build_id != before.manifest.build_id
    assert after.manifest.data == before.manifest.data
    assert after.manifest.sources[0].content == before.manifest.sources[0].content
    assert snapshot(out / "data") == data


@pytest.mark.parametrize("damage", ["cut", "extra", "gone", "patterns", "card"])
def test_a_damaged_build_is_made_whole_again(tmp_path: Path, damage: str) -> None:
    folder, out = write_corpora(tmp_path / "in", sums()), tmp_path / "build"
    compiled = compile_corpora(folder, out)
    assert compiled.manifest
    data = out / compiled.manifest.data_folder
    if damage == "cut":
        (data / "train.jsonl").write_bytes(b"")
    elif damage == "extra":
        (data / "extra").write_bytes(b"")
    elif damage == "gone":
        (data / "test.jsonl").unlink()
    elif damage == "card":
        (out / "README.md").write_bytes(b"")
    else:
        (out / compiled.manifest.patterns.path).unlink()
    assert compile_corpora(folder, out).changed
    verify_build(out)


@pytest.mark.parametrize("failure", range(30))
def test_a_crash_leaves_the_old_build_and_the_next_run_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: int
) -> None:
    """Every sync and rename fails in turn: after it, the old build is whole or the new one is."""
    out = tmp_path / "build"
    old = compile_corpora(write_corpora(tmp_path / "in", sums()), out).manifest
    folder = write_corpora(tmp_path / "in", sums(1))
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
            assert old
            assert verify_build(out).manifest.engram == old.engram
    new = compile_corpora(folder, out).manifest
    assert verify_build(out).manifest == new
    assert not list(out.rglob(f"{atomic.UNFINISHED}*"))


@pytest.mark.parametrize("name", ["README.md", "croissant.json"])
def test_what_is_not_of_a_build_is_never_overwritten(tmp_path: Path, name: str) -> None:
    folder, out = write_corpora(tmp_path / "in", sums()), tmp_path / "project"
    out.mkdir()
    (out / name).write_text("my own")
    (out / f"{atomic.UNFINISHED}mine").mkdir()
    with pytest.raises(EngramError, match=f"{name} is not of a build"):
        compile_corpora(folder, out)
    assert names(out) == [f"{atomic.UNFINISHED}mine", name]
    assert (out / name).read_text() == "my own"


@pytest.mark.parametrize("kind", ["file", "under a file"])
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, kind: str) -> None:
    folder = write_corpora(tmp_path / "in", sums())
    (tmp_path / "taken").write_text("x")
    out = tmp_path / "taken" if kind == "file" else tmp_path / "taken" / "build"
    with pytest.raises(EngramError, match="cannot write the build"):
        compile_corpora(folder, out)


def test_ratios_that_make_no_split_are_said(tmp_path: Path) -> None:
    folder = write_corpora(tmp_path / "in", sums())
    with pytest.raises(EngramError, match="make no split"):
        compile_corpora(folder, tmp_path / "build", options=Options(ratios=(0, 50, 50)))
    for ratios in ((-1, 1, 1), (2**60, 1, 1)):
        with pytest.raises(ValidationError):
            Options(ratios=ratios)


def test_with_strict_a_warning_is_enough_to_write_nothing(tmp_path: Path) -> None:
    folder = write_corpora(tmp_path / "in", corpus([pattern(1), pattern(2)]))
    compiled = compile_corpora(folder, tmp_path / "build", strict=True)
    assert compiled.manifest is None
    assert not (tmp_path / "build").exists()
    assert compile_corpora(folder, tmp_path / "build").manifest


def test_empty_splits_are_left_out(tmp_path: Path) -> None:
    folder = write_corpora(tmp_path / "in", sums())
    compiled = compile_corpora(folder, tmp_path / "build", options=Options(ratios=(1, 0, 0)))
    assert compiled.manifest
    assert names(tmp_path / "build" / compiled.manifest.data_folder) == ["README.md", "train.jsonl"]
    assert verify_build(tmp_path / "build").rows["test"] == ()
