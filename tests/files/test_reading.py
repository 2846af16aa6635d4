"""Files that may be anything: what is not a readable text says so, and where."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engram.files.fault import Fault, Position
from engram.files.reading import decode, read_regular


def test_bytes_come_back_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"a\r\nb")
    assert read_regular(path, 4) == b"a\r\nb"


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(1 << 33)
    found = read_regular(path, 1 << 20)
    assert isinstance(found, Fault)
    assert found.kind == "too-large"


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "loop", "device"])
def test_what_is_no_regular_file_is_a_fault_and_never_a_wait(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "device":
        path = Path("/dev/zero")
    found = read_regular(path, 100)
    assert isinstance(found, Fault)
    assert found.kind == "unreadable"


def test_a_link_is_followed_only_if_asked(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"a")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    assert read_regular(link, 10) == b"a"
    assert isinstance(read_regular(link, 10, follow=False), Fault)


def test_line_ends_and_the_byte_order_mark_of_other_systems_are_taken() -> None:
    assert decode(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n") == "a: 1\nb: 2\n"


@pytest.mark.parametrize(
    ("data", "kind", "at"),
    [
        (b"a\n\xff", "encoding", (2, 1)),
        ("é\xe9".encode("latin-1"), "encoding", (1, 1)),
        ("aé".encode() + b"\xe9", "encoding", (1, 3)),
        ("a: 1".encode("utf-16"), "encoding", (1, 1)),
        (b"a\r\n\0", "character", (2, 1)),
        (b"\x07", "character", (1, 1)),
        (b"a\rb", "character", (1, 2)),
        ("ab\u2028".encode(), "character", (1, 3)),
        ("\x85".encode(), "character", (1, 1)),
        ("a\ufeff".encode(), "character", (1, 2)),
        (b"\xed\xa0\x80", "encoding", (1, 1)),
    ],
)
def test_what_is_no_text_has_a_position(data: bytes, kind: str, at: tuple[int, int]) -> None:
    found = decode(data)
    assert isinstance(found, Fault)
    assert (found.kind, found.at) == (kind, Position(*at))


def test_a_file_of_exactly_the_limit_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abcd")
    assert read_regular(path, 4) == b"abcd"
    found = read_regular(path, 3)
    assert isinstance(found, Fault)
    assert found.kind == "too-large"


def test_a_file_that_grows_while_it_is_read_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abcd")
    small = os.stat_result((0o100644, 0, 0, 1, 0, 0, 3, 0, 0, 0))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", lambda _: small)
        found = read_regular(path, 3)
    assert isinstance(found, Fault)
    assert found.kind == "too-large"


def test_a_file_that_is_written_to_while_it_is_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abcd")
    small = os.stat_result((0o100644, 0, 0, 1, 0, 0, 3, 0, 0, 0))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", lambda _: small)
        found = read_regular(path, 10)
    assert isinstance(found, Fault)
    assert (found.kind, "written to" in found.message) == ("unreadable", True)


def test_a_fault_says_what_the_system_said(tmp_path: Path) -> None:
    found = read_regular(tmp_path / "x", 3)
    assert isinstance(found, Fault)
    assert found.message == "cannot be opened: No such file or directory"
    found = read_regular(Path("a\0b"), 3)
    assert isinstance(found, Fault)
    assert found.message == "cannot be opened: embedded null byte"


def test_a_disk_that_fails_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"a")

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", fail)
        found = read_regular(path, 3)
    assert isinstance(found, Fault)
    assert (found.kind, found.message) == ("unreadable", "cannot be read: Input/output error")


def test_no_file_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"a")
    handle = os.open(path, os.O_RDONLY)
    os.close(handle)
    read_regular(path, 3)
    assert os.open(path, os.O_RDONLY) == handle
    os.close(handle)


def test_a_fault_in_the_middle_of_a_text_has_its_line_and_column() -> None:
    found = decode(b"\n\na\nbc\x07")
    assert isinstance(found, Fault)
    assert found.at == Position(4, 3)
    found = decode(b"\nab\n\x07")
    assert isinstance(found, Fault)
    assert found.at == Position(3, 1)
    found = decode(b"\n\x07")
    assert isinstance(found, Fault)
    assert found.at == Position(2, 1)
