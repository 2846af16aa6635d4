"""Every input ends in findings or in data: nothing is raised, whatever a stranger sends."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.compiler import validate

# fmt: off
SCRAPS = st.sampled_from([
    b"name: x\n", b"description: d\n", b"examples:\n", b"  - input: ", b"\n    output: ", b"a\n",
    b"\n    category: c\n", b"- ", b": ", b"'", b'"', b"[", b"]", b"{", b"}", b"|\n", b">\n",
    b"\t", b"\r", b"\0", b"\xff", b"\xed\xa0\x80", b"&a ", b"*a", b"!!int x", b"<<: ", b"%YAML",
    b"---\n", b"...\n", b"404", b"2024-99-99", b"1e999", b".nan", b"0x", b"9" * 5000, b"# c\n",
    b"match: regex\n    accept: ['(a+)+$']\n    ", b"variants: [a, a]\n    ", b"\xe2\x80\xa8",
    b"phrasings: ['{input}{input}']\n", b"demo: [q]\n", b"\\ud800", b"holdout: variant\n",
])
# fmt: on


def found_in(data: bytes) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.yaml"
        path.write_bytes(data)
        return [finding.code for finding in validate([path])]


@given(st.lists(SCRAPS | st.binary(max_size=3), max_size=20).map(b"".join))
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    found_in(data)


HEAD = b"name: x\ndescription: d\nexamples:\n"
HOSTILE = {
    "brackets": b"[" * 100_000,
    "braces": b"{a: " * 50_000,
    "aliases": b"a: &a [x]\n" + b"".join(b"b%d: &b%d [*a, *a]\n" % (n, n) for n in range(99)),
    "merges": b"a: &a {b: 1}\n" + b"".join(b"c%d:\n  <<: *a\n" % n for n in range(99)),
    "a cycle": b"&a [*a]\n",
    "utf-16": "name: x".encode("utf-16"),
    "utf-32": "name: x".encode("utf-32"),
    "nul": b"name: \0\n",
    "bell": b"name: \x07\n",
    "a long number": HEAD + b"  - input: " + b"9" * 100_000 + b"\n",
    "a long key": b"a" * 2000 + b": 1\n",
    "a large tag": b"!" * 5_000 + b" x\n",
    "a tagged int": b"a: !!int foo\n",
    "an object": b"a: !!python/object/apply:os.system [id]\n",
    "many documents": b"---\n" * 5_000,
    "many keys": b"".join(b"k%d: 1\n" % n for n in range(3_000)),
    "one line": b"- " * 3_000,
    "quote": b'"' + b"a" * 100_000,
    "block": b"a: |" + b"9" * 100,
    "timestamp": b"a: 2001-12-14t99:99:99Z\n",
    "nesting": b"".join(b" " * n + b"a:\n" for n in range(500)),
    "a slow expression": HEAD
    + b"  - {input: q, output: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!, category: c,"
    + b" match: regex, accept: ['(a+)+$']}\n",
    "a large expression": HEAD
    + b"  - {input: q, output: a, category: c, match: regex, accept: ['a{1000}{1000}{1000}']}\n",
    "a huge exponent": HEAD
    + b"  - {input: q, output: '1e999999999', category: c, match: number}\n",
    "deep json": HEAD
    + b"  - {input: q, category: c, match: json, output: '"
    + b"[" * 100_000
    + b"'}\n",
    "a half surrogate": HEAD + b'  - {input: "\\ud800", output: b, category: c}\n',
    "escape sequences": b"name: \x1b]0;title\x07\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_in_error_findings(name: str) -> None:
    assert [code for code in found_in(HOSTILE[name]) if code < "ENG307"]


def test_a_file_of_a_terabyte_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert [finding.code for finding in validate([path])] == ["ENG107"]
