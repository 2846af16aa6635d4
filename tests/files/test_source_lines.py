"""Single lines of files: as a reader counts them, and never at any cost."""

from __future__ import annotations

import os
from pathlib import Path

from engram.files.lines import LONGEST, lines_of


def test_lines_are_counted_from_1_and_given_without_their_ends(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\xff\n\nlast")
    assert lines_of(path, {1, 2, 3, 4, 5}) == {1: "a", 2: "b\ufffd", 3: "", 4: "last"}


def test_a_long_line_is_cut_and_does_not_shift_the_next(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"a" * (3 * LONGEST) + b"\nb\n")
    lines = lines_of(path, {1, 2})
    assert (len(lines[1]), lines[2]) == (LONGEST, "b")


def test_what_cannot_be_read_has_no_lines(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path / "none", tmp_path, Path("a\0b")):
        assert lines_of(path, {1}) == {}
