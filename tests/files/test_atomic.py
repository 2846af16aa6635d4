"""A write happens in full or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from engram.files.atomic import UNFINISHED, sweep_files, write_file, write_folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_file(path, b"one")
    write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert names(tmp_path) == ["x"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_folder_is_written_and_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_folder(path, {"a": b"1", "b": b"2"})
    write_folder(path, {"c": b"3"})
    assert names(path) == ["c"]
    assert names(tmp_path) == ["x"]


@pytest.mark.parametrize("step", ["fsync", "replace", "rename"])
def test_a_failed_write_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    write_file(tmp_path / "file", b"old")
    write_folder(tmp_path / "folder", {"a": b"old"})

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os if step == "fsync" else Path, step, full)
    if step != "rename":
        with pytest.raises(OSError, match="No space"):
            write_file(tmp_path / "file", b"new")
    if step != "replace":
        with pytest.raises(OSError, match="No space"):
            write_folder(tmp_path / "folder", {"a": b"new"})
    monkeypatch.undo()
    assert names(tmp_path) == ["file", "folder"]
    assert (tmp_path / "file").read_bytes() == b"old"
    assert (tmp_path / "folder" / "a").read_bytes() == b"old"


def test_only_what_a_write_leaves_is_swept_from_a_folder_of_somebodys_own(tmp_path: Path) -> None:
    os.close(tempfile.mkstemp(prefix=UNFINISHED, dir=tmp_path)[0])
    (tmp_path / ".engram-notes.yaml").write_text("mine")
    (tmp_path / ".engram-settings").mkdir()
    (tmp_path / ".engram-settings" / "x").write_text("mine")
    (tmp_path / ".engram-baseline").symlink_to(tmp_path)
    (tmp_path / "x").write_text("mine")
    sweep_files(tmp_path)
    assert names(tmp_path) == [".engram-baseline", ".engram-notes.yaml", ".engram-settings", "x"]
    assert (tmp_path / ".engram-settings" / "x").exists()
