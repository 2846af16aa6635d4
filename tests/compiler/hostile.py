"""Files that a stranger might send: each is small to write, and costly or confusing to read."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

HEAD = b"name: x\ndescription: d\nexamples:\n"
FIELDS = b"output: b, category: c"


def one(fields: bytes) -> bytes:
    """A corpus of one pattern, in flow style."""
    return HEAD + b"  - {" + fields + b"}\n"


def many(line: bytes, count: int, head: bytes = b"") -> bytes:
    """A text of numbered lines."""
    return head + b"".join(line.replace(b"%d", b"%d" % n) for n in range(count))


def patterns(count: int, extra: bytes = b"", head: bytes = HEAD) -> bytes:
    """A corpus that nothing is wrong with but its size, or what ``extra`` adds to each pattern."""
    return many(b"  - input: 2 + %d =\n    output: '%d'\n    category: c\n" + extra, count, head)


def templates(count: int, template: bytes) -> bytes:
    """The head of a corpus with that many templates."""
    return many(b"- '%d" + template + b"'\n", count, b"name: x\ndescription: d\nphrasings:\n")


# fmt: off
BYTES: dict[str, Callable[[], bytes]] = {
    # Bombs: what is small here is large there.
    "alias bomb": lambda: many(b"b%d: &b%d [*a, *a]\n", 99, b"a: &a [x]\n"),
    "alias bomb of nine": lambda: b"a0: &a0 x\n" + b"".join(
        b"a%d: &a%d [%s]\n" % (n + 1, n + 1, b", ".join([b"*a%d" % n] * 9)) for n in range(99)
    ),
    "merge bomb": lambda: b"a0: &a0 {k: v}\n" + b"".join(
        b"a%d: &a%d {<<: [*a%d, *a%d]}\n" % (n + 1, n + 1, n, n) for n in range(40)
    ),
    "merge keys": lambda: many(b"c%d:\n  <<: *a\n", 9_999, b"a: &a {b: 1}\n"),
    "cyclic alias": lambda: b"&a [*a]\n",
    "cyclic alias in a mapping": lambda: b"a: &a\n  b: &b\n    c: *a\n    d: *b\n",
    "alias as a key": lambda: b"&a a: 1\n*a : 2\n",
    "100,000 aliases": lambda: many(b"- *a\n", 100_000),
    "100,000 anchors": lambda: many(b"- &a%d x\n", 100_000),
    "100,000 tags": lambda: many(b"- !t%d x\n", 100_000),
    "one long anchor": lambda: b"a: &" + b"x" * 1_000_000 + b" 1\n",
    "one long tag": lambda: b"a: !" + b"x" * 1_000_000 + b" 1\n",
    "a tag of percent signs": lambda: b"a: !<" + b"%41" * 300_000 + b"> 1\n",
    "template bomb by number": lambda: templates(7_000, b"{input}") + b"examples:\n"
    + patterns(4_000, head=b""),
    "template bomb by slots": lambda: templates(3, b"{input}" * 10_000) + b"examples:\n"
    + many(b"- input: '" + b"x" * 9_000 + b"%d'\n  output: b\n  category: c\n", 100),
    "template bomb in patterns": lambda: patterns(
        3_000, b"    phrasings: [" + b", ".join(b"'%d {input}'" % n for n in range(20)) + b"]\n"
    ),
    "regex bomb": lambda: one(b"input: q, match: regex, accept: ['(((a{99}){99}){99}){99}'], "
                              + FIELDS),
    "10,000 costly regexes": lambda: patterns(
        2_000, b"    match: regex\n    accept:" + b" ['\\w{50}%d', '\\pL{60}', '(a|b%d){200}']\n"
    ),
    "a regex that backtracks": lambda: one(
        b"input: q, match: regex, accept: ['(a+)+$'], category: c, output: " + b"a" * 5_000 + b"!"
    ),
    "a regex of 90,000 characters": lambda: HEAD + b"- input: q\n  output: b\n  category: c\n"
    b"  match: regex\n  accept:\n  - '" + b"(a|b)?" * 15_000 + b"'\n",
    "copies with many answers": lambda: HEAD
    + b"- input: q\n  output: b\n  category: c\n  accept:\n" + b"  - x\n" * 30_000
    + b"- input: q\n  output: b\n  category: c\n" * 2_000,
    "one key for all": lambda: HEAD
    + b"- id: a\n  input: q\n  output: b\n  category: c\n" * 5_000,
    "one wording for all": lambda: many(
        b"- input: q%d\n  output: b\n  category: c\n  variants: [w]\n", 4_000, HEAD
    ),
    "one case for all": lambda: many(b"- input: 'Q%d q'\n  output: b\n  category: c\n"
        b"- input: 'q%d Q'\n  output: b\n  category: c\n", 3_400, HEAD),
    "alike": lambda: many(
        b"- input: 'the very same question of all of us, %d'\n  output: b\n  category: c\n",
        7_000, HEAD,
    ),
    "table bomb": lambda: b"name: x\ndescription: d\nkey: k\ntemplates:\n" + many(
        b"- input: 'a%d {k}'\n  output: b\n  category: c\n", 5_000
    ) + b"rows:\n" + many(b"- k: 'v%d'\n", 9_000),
    "table bomb by slots": lambda: b"name: x\ndescription: d\nkey: k\ntemplates:\n- input: '"
    + b"{k}" * 9_000 + b"'\n  output: b\n  category: c\nrows:\n" + many(
        b"- k: '%d" + b"v" * 9_000 + b"'\n", 100
    ),
    # Depth.
    "100,000 brackets": lambda: b"[" * 100_000,
    "100,000 closed brackets": lambda: b"[" * 100_000 + b"]" * 100_000,
    "4,000,000 brackets": lambda: b"[" * 4_000_000,
    "100,000 braces": lambda: b"{" * 100_000,
    "100,000 keyed braces": lambda: b"{a: " * 100_000,
    "brackets and braces": lambda: b"[{a: " * 50_000,
    "brackets in a value": lambda: HEAD + b"  - input: " + b"[" * 100_000 + b"\n",
    "100,000 dashes": lambda: b"- " * 100_000,
    "100,000 question marks": lambda: b"? " * 100_000,
    "100,000 colons": lambda: b": " * 100_000,
    "a staircase of keys": lambda: b"".join(b" " * n + b"a:\n" for n in range(2_000)),
    "a staircase of lists": lambda: b"".join(b" " * n + b"-\n" for n in range(2_000)),
    "a staircase of questions": lambda: b"".join(b" " * n + b"?\n" for n in range(2_000)),
    "block and flow mixed": lambda: b"- " * 19 + b"[" * 50_000 + b"{a: [" * 20_000,
    "deep JSON in an output": lambda: one(
        b"input: q, match: json, category: c, output: '" + b"[" * 90_000 + b"'"
    ),
    # Encodings and characters.
    "NUL": lambda: b"name: \0\n",
    "only NUL": lambda: b"\0" * 1_000_000,
    "bad UTF-8": lambda: b"name: \xff\xfe\xfa\n",
    "overlong UTF-8": lambda: b"name: \xc0\xaf\n",
    "UTF-8 cut short": lambda: b"name: \xf0\x9f\x98",
    "a surrogate in UTF-8": lambda: b"name: \xed\xa0\x80\n",
    "UTF-16": lambda: "name: x".encode("utf-16"),
    "UTF-16 without a mark": lambda: "name: x".encode("utf-16-be"),
    "UTF-32": lambda: "name: x".encode("utf-32"),
    "Latin-1": lambda: "name: é\n".encode("latin-1"),
    "only a byte order mark": lambda: b"\xef\xbb\xbf",
    "two byte order marks": lambda: b"\xef\xbb\xbf\xef\xbb\xbfname: x\n",
    "byte order marks": lambda: b"\xef\xbb\xbf" * 300_000,
    "an escaped surrogate": lambda: one(b'input: "\\ud800", ' + FIELDS),
    "an escaped pair": lambda: one(b'input: "\\ud83d\\ude00", ' + FIELDS),
    "an escaped surrogate as a key": lambda: b'"\\udfff": 1\n',
    "an escape beyond Unicode": lambda: one(b'input: "\\U7fffffff", ' + FIELDS),
    "escape sequences": lambda: b"name: \x1b]0;title\x07\n",
    "escaped escape sequences": lambda: b'"\\e]0;title\\a": "\\e[2J"\n',
    "right-to-left marks": lambda: one(b'input: q, "\\u202e\\u2066": x, ' + FIELDS),
    "carriage returns only": lambda: HEAD.replace(b"\n", b"\r"),
    "U+2028": lambda: "name: a\u2028b\n".encode(),
    "U+0085": lambda: "name: a\u0085b\n".encode(),
    "tabs": lambda: b"name:\tx\nexamples:\n\t- a\n",
    "1,000,000 tabs": lambda: b"\t" * 1_000_000,
    "a tab in every line": lambda: patterns(9_000, b"    source: a\tb\n"),
    "combining characters": lambda: one(b"input: 'a" + "\u0301".encode() * 40_000 + b"', "
                                        + FIELDS),
    "characters that grow": lambda: one(b"input: '" + "\ufdfa".encode() * 30_000 + b"', "
                                        + FIELDS),
    # Scalars.
    "a number of 5,000 digits": lambda: one(b"input: " + b"9" * 5_000 + b", " + FIELDS),
    "a hexadecimal number": lambda: one(b"input: 0x" + b"f" * 90_000 + b", " + FIELDS),
    "a huge exponent": lambda: one(b"input: q, output: '1e999999999', category: c, match: number"),
    "a long fraction": lambda: one(b"input: q, category: c, match: number, output: '"
                                   + b"9" * 90_000 + b"/7'"),
    "a date that is none": lambda: b"name: 2024-99-99\n",
    "one scalar of 4 MB": lambda: b"name: " + b"a" * 4_000_000 + b"\n",
    "one quoted scalar of 4 MB": lambda: b'name: "' + b"a" * 4_000_000 + b'"\n',
    "one scalar of 10 MB": lambda: b"name: " + b"a" * 10_000_000 + b"\n",
    "one key of 4 MB": lambda: b"a" * 4_000_000 + b": 1\n",
    "a quote that never ends": lambda: b'name: "' + b"a\n" * 1_000_000,
    "a late quote that never ends": lambda: patterns(9_000) + b"  - input: 'a\n",
    "4 MB of escapes": lambda: b'name: "' + b"\\n" * 2_000_000 + b'"\n',
    "4 MB of doubled quotes": lambda: b"name: '" + b"''" * 2_000_000 + b"'\n",
    "a plain scalar of lines": lambda: b"name: a\n" + b" b\n" * 1_300_000,
    "a folded scalar of lines": lambda: b"name: >\n" + b" b\n" * 1_300_000,
    "a literal scalar of blanks": lambda: b"name: |\n" + b" \n" * 2_000_000,
    "a block header of digits": lambda: b"a: |" + b"9" * 100_000,
    "an indented block": lambda: b"a: |9\n" + b" " * 1_000_000 + b"x\n",
    # Number.
    "1,000,000 short keys": lambda: b"".join(b"%x:\n" % n for n in range(600_000)),
    "200,000 short keys": lambda: b"".join(b"%x: 1\n" % n for n in range(200_000)),
    "keys as many as may be": lambda: many(b"k%d: 1\n", 24_000),
    "the same key": lambda: b"a: 1\n" * 24_000,
    "the same long key": lambda: (b"a" * 90_000 + b": 1\n") * 40,
    "unknown fields": lambda: patterns(9_000, b"    outptu: 1\n    q%d: 2\n"),
    "patterns as many as may be": lambda: patterns(7_100),
    "patterns with everything wrong": lambda: HEAD + b"- a: 1\n  b: 2\n  c: 3\n" * 7_000,
    "patterns that are none": lambda: HEAD + b"- 1\n" * 49_000,
    "retyped patterns": lambda: HEAD + b"- input: 1\n  output: 2\n  category: 3\n" * 7_000,
    "variants": lambda: HEAD + b"- input: q\n  output: b\n  category: c\n  variants:\n"
    + many(b"  - v%d\n", 49_000),
    "the same variant": lambda: HEAD + b"- input: q\n  output: b\n  category: c\n  variants:\n"
    + b"  - v\n" * 49_000,
    "flow patterns": lambda: many(
        b"- {input: 'q%d', output: b, category: c}\n", 7_000, HEAD
    ),
    "a flow list of 2,000,000": lambda: b"[" + b"a," * 2_000_000 + b"]",
    "a flow mapping of 400,000": lambda: b"{" + b"a: b, " * 400_000 + b"}",
    "100,000 documents": lambda: b"---\n" * 100_000,
    "100,000 ended documents": lambda: b"--- a\n...\n" * 100_000,
    "contradictions": lambda: many(b"- input: q\n  output: 'b%d'\n  category: c\n", 7_000, HEAD),
    "categories": lambda: many(
        b"- input: q%d\n  output: b\n  category: c%d\n", 6_000, HEAD
    ),
    # Layout.
    "4 MB of comments": lambda: b"#\n" * 2_000_000,
    "one comment of 4 MB": lambda: b"#" * 4_000_000,
    "4 MB of line feeds": lambda: b"\n" * 4_000_000,
    "4 MB of blanks": lambda: b" " * 4_000_000,
    "a huge indentation": lambda: b"a:\n" + b" " * 1_000_000 + b"b: 1\n",
    "carriage returns and line feeds": lambda: b"\r\n" * 2_000_000,
    "complex keys": lambda: b"? [a, b]\n: 1\n? {a: b}\n: 2\n",
    "100,000 complex keys": lambda: b"? a\n: 1\n" * 100_000,
    "empty keys": lambda: b": 1\n" * 100_000,
    "a directive": lambda: b"%YAML 1.1\n---\nname: x\n",
    "100,000 directives": lambda: b"%TAG ! x\n" * 100_000,
    "a late directive": lambda: b"a: 1\n...\n%YAML 9.9\n---\nb: 1\n",
    "an object": lambda: b"a: !!python/object/apply:os.system [id]\n",
    "a tagged number": lambda: b"a: !!int foo\n",
    "stars": lambda: b"*" * 100_000,
    "percent signs": lambda: b"a: %" + b"%" * 100_000,
    "nothing": lambda: b"",
    "a zip": lambda: b"PK\x03\x04" + bytes(range(256)) * 400,
}


def _sparse(size: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return make


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        # The name of a socket is short; the folder of a test is not.
        here = Path.cwd()
        os.chdir(path.parent)
        end.bind(path.name)
        os.chdir(here)


def _deep(path: Path) -> None:
    path.mkdir()
    inner = path
    for _ in range(500):
        inner = inner / "aaaaaaa"
        inner.mkdir()
    (inner / "x.yaml").write_bytes(b"")


def _folder(path: Path) -> None:
    (path / "x.yaml").mkdir(parents=True)
    (path / "y.yaml").write_bytes(patterns(3))


def _deeper(path: Path) -> None:
    # Deeper than a path can name: each folder is made inside the one before.
    here = Path.cwd()
    path.mkdir()
    os.chdir(path)
    for _ in range(1_500):
        Path("aa").mkdir()
        os.chdir("aa")
    os.chdir(here)


def _files(path: Path) -> None:
    path.mkdir()
    for number in range(20_000):
        (path / f"{number}.yaml").touch()


def _named(name: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.mkdir()
        (path / os.fsdecode(name)).write_bytes(b"a: 1\n")

    return make


def _linked(to: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.mkdir()
        (path / "x.yaml").symlink_to(to)

    return make


def _hard_linked(path: Path) -> None:
    path.mkdir()
    for number in range(3):
        target = path / f"{number}.yaml"
        if number:
            os.link(path / "0.yaml", target)
        else:
            target.write_bytes(patterns(3))


# What is no file, or has a name that is none: made at a path, which is then validated.
ODD: dict[str, Callable[[Path], None]] = {
    "1 GB of nothing": _sparse(1 << 30),
    "1 TB of nothing": _sparse(1 << 40),
    "4 MB of nothing": _sparse(4 << 20),
    "a pipe": os.mkfifo,
    "a socket": _socket,
    "a folder": _folder,
    "many folders deep": _deeper,
    "20,000 files": _files,
    "deep folders": _deep,
    "a loop of links": _linked("x.yaml"),
    "a link to a device": _linked("/dev/zero"),
    "a link to the terminal": _linked("/dev/tty"),
    "a link out": _linked("/etc/passwd"),
    "a link to the root": _linked("/"),
    "a link to its folder": _linked("."),
    "a link to nowhere": _linked("nowhere"),
    "hard links": _hard_linked,
    "a line feed in a name": _named(b"a\nb.yaml"),
    "an escape in a name": _named(b"\x1b[2J.yaml"),
    "a name that is not UTF-8": _named(b"\xff\xfe.yaml"),
    "a reversed name": _named("\u202elmay.exe.yaml".encode()),
    "a long name": _named(b"a" * 250 + b".yaml"),
    "spaces for a name": _named(b"   .yaml"),
}
# fmt: on


LINE = b'{"input": "2 + %d =", "output": "%d", "category": "c"}'
JSON_HEAD = b'{"name": "x", "description": "d", "examples": ['

# The other kinds of file: documents in JSON, patterns in JSON lines, and rows in CSV.
JSON: dict[str, Callable[[], bytes]] = {
    "JSON brackets": lambda: b"[" * 1_000_000,
    "closed JSON brackets": lambda: b"[" * 500_000 + b"]" * 500_000,
    "JSON braces": lambda: b'{"a":' * 500_000,
    "deep JSON": lambda: JSON_HEAD + b"[" * 100_000 + b"]" * 100_000 + b"]}",
    "a JSON number of 4 MB": lambda: b'{"name": ' + b"9" * 4_000_000 + b"}",
    "JSON numbers that are none": lambda: b'{"name": NaN, "description": -Infinity, "a": 1e999}',
    "a JSON string of 4 MB": lambda: b'{"name": "' + b"a" * 4_000_000 + b'"}',
    "a JSON string that never ends": lambda: b'{"name": "' + b"\\n" * 1_000_000,
    "4 MB of JSON escapes": lambda: b'{"name": "' + b"\\u0041" * 700_000 + b'"}',
    "JSON surrogates": lambda: b'{"name": "' + b"\\ud800" * 100_000 + b'"}',
    "the same JSON key": lambda: b"{" + b'"a": 1, ' * 300_000 + b'"a": 1}',
    "many JSON keys": lambda: b"{" + many(b'"%d": 1, ', 200_000) + b'"a": 1}',
    "JSON patterns": lambda: JSON_HEAD + many(LINE + b",\n", 20_000) + b"1]}",
    "JSON patterns that are none": lambda: JSON_HEAD + b"1, " * 1_000_000 + b"1]}",
    "JSON after JSON": lambda: b"{}" * 1_000_000,
    "JSON in UTF-16": lambda: '{"name": "x"}'.encode("utf-16"),
    "JSON with a NUL": lambda: b'{"name": "\0"}',
    "JSON that is YAML": lambda: b"name: x\n",
    "JSON with comments": lambda: b"// a\n" * 500_000 + b"{}",
    "JSON blanks": lambda: b" " * 4_000_000 + b"{}",
    "no JSON": lambda: b"",
}
LINES: dict[str, Callable[[], bytes]] = {
    "empty lines": lambda: b"\n" * 4_000_000,
    "lines of brackets": lambda: b"[" * 1_000_000 + b"\n" + b"[\n" * 100_000,
    "one line of 4 MB": lambda: b'{"input": "' + b"a" * 4_000_000 + b'"}\n',
    "lines that are no pattern": lambda: b"1\n" * 500_000,
    "lines that are no JSON": lambda: b"a\n" * 500_000,
    "lines with everything wrong": lambda: b'{"a": 1, "b": [{}], "input": 3}\n' * 50_000,
    "the same line": lambda: LINE + b"\n" + LINE * 2 + b"\n" + (LINE + b"\n") * 10_000,
    "lines in UTF-16": lambda: ('{"input": "a"}\n' * 1_000).encode("utf-16"),
    "lines of bad UTF-8": lambda: b"\xff\xfe\n" * 300_000,
    "lines with NUL": lambda: b'{"input": "\0"}\n' * 50_000,
    "carriage returns for lines": lambda: (LINE + b"\r") * 10_000,
    "U+2028 for lines": lambda: (LINE + "\u2028".encode()) * 10_000,
}
ROWS: dict[str, Callable[[], bytes]] = {
    "a quote that never ends in CSV": lambda: b'q,a\n"' + b"x,y\n" * 500_000,
    "quotes in CSV": lambda: b"q,a\n" + b'"' * 2_000_001 + b"\n",
    "one cell of 4 MB": lambda: b"q,a\n" + b"x" * 4_000_000 + b",1\n",
    "many columns": lambda: b",".join(b"c%d" % n for n in range(300_000)) + b"\n",
    "the same column": lambda: b"q,a" + b",q" * 300_000 + b"\n1,2\n",
    "rows too long": lambda: b"q,a\n" + b"1,2,3,4\n" * 300_000,
    "rows too short": lambda: b"q,a\n" + b"1\n" * 500_000,
    "the same row": lambda: b"q,a\n" + b"1,2\n" * 300_000,
    "rows as many as may be": lambda: many(b"%d,%d\n", 20_000, b"q,a\n"),
    "empty rows": lambda: b"q,a\n" + b"\n" * 2_000_000,
    "CSV with NUL": lambda: b"q,a\n\0,\0\n",
    "CSV in UTF-16": lambda: ("q,a\n" + "1,2\n" * 1_000).encode("utf-16"),
    "CSV of bad UTF-8": lambda: b"q,a\n" + b"\xff,\xfe\n" * 200_000,
    "formulas": lambda: b"q,a\n=cmd|' /C calc'!A0,1\n@SUM(1),\x1b[2J\n",
    "no CSV": lambda: b"",
    "a header alone": lambda: b"q,a",
}
TABLE = (
    b"name: x\ndescription: d\nkey: q\nrows: t.csv\ntemplates:\n"
    b"  - {input: 'Q {q}', output: '{a}', category: c}\n"
)


def written(name: str, folder: Path) -> Path:
    """One of the hostile files, with what it needs beside it; gives the path to validate."""
    path = folder / "x.yaml"
    if name in ODD:
        ODD[name](path)
    elif name in BYTES:
        path.write_bytes(BYTES[name]())
    elif name in JSON:
        path = folder / "x.json"
        path.write_bytes(JSON[name]())
    elif name in LINES:
        path = folder / "x.jsonl"
        path.write_bytes(LINES[name]())
        (folder / "x.corpus.yaml").write_bytes(b"name: x\ndescription: d\n")
    else:
        path.write_bytes(TABLE)
        (folder / "t.csv").write_bytes(ROWS[name]())
    return path


EVERYTHING = (*BYTES, *ODD, *JSON, *LINES, *ROWS)
