"""The lock: the place of every pattern, for good. Its text, and what the text says.

A line holds the name of a pattern, its split, and the other names that it goes by:

    capital-france train ~3fa91c22b1d0aa10 ~4d1e22aa90cc01f3=test
    ~9b1f00c4d55e7a62 valid

A name is an id, or the start of the digest of a wording (in its normal form) behind a ``~``. A
pattern is named by its id if it has one, else by its input. The wording held out says where to.
No name stands in two places, so that a wording takes its history along to whoever claims it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import NamedTuple, cast

from engram.compiler.normal import UNICODE, normal_form
from engram.compiler.rules.lock import BAD_LOCK
from engram.core.build import SPLITS, Split
from engram.core.finding import Finding
from engram.files.canonical import digest
from engram.files.fault import Position

HEADER = f"# engram.lock 1, Unicode {UNICODE}: kept by engram compile, commit it"

_NAME_DIGITS = 16
_HEADER = re.compile(r"# engram\.lock ([0-9]{1,9}), Unicode ([0-9.]{1,20}):.*")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}|~[0-9a-f]{16}")
_WORDING = re.compile(r"(~[0-9a-f]{16})(?:=(valid|test))?")
_CONFLICT = "<<<<<<<"
_SHOWN = 60


class Spot(NamedTuple):
    """What the lock says of a name: its line, its split, and where it is held out, if it is."""

    key: str
    split: Split
    held: Split | None


@dataclass(frozen=True, slots=True)
class Line:
    """What the lock says of a pattern: its split, and its wordings with where they are held out."""

    split: Split
    wordings: Mapping[str, Split | None]


@dataclass(frozen=True)
class Lock:
    """The lines of a lock, by the name of the pattern."""

    lines: Mapping[str, Line] = field(default_factory=dict)

    @cached_property
    def spots(self) -> Mapping[str, Spot]:
        """What the lock says of every name in it."""
        spots = {key: Spot(key, line.split, None) for key, line in self.lines.items()}
        for key, line in self.lines.items():
            for name, held in line.wordings.items():
                spots[name] = Spot(key, line.split, held)
        return spots

    @cached_property
    def text(self) -> bytes:
        """The text of the lock: sorted, in ASCII, a line for each pattern."""
        lines = (_dumped(key, self.lines[key]) for key in sorted(self.lines))
        return "".join(f"{line}\n" for line in (HEADER, *lines)).encode("ascii")


def name_of(wording: str) -> str:
    """The name of a wording; the same for all that differ in case or white space only."""
    return name_of_form(normal_form(wording))


def name_of_form(form: str) -> str:
    """The name of the wordings that have this normal form."""
    return f"~{digest(form.encode())[:_NAME_DIGITS]}"


def parse_lock(data: bytes, shown: str) -> tuple[Lock, list[Finding]]:
    """The lock in ``data`` and everything that is wrong with it; ``shown`` is its name.

    Lines may be in any order: that is how two branches merge.
    """
    # Whatever is not ASCII is no part of any line, so each such byte is found where it stands.
    text = data.decode("ascii", "backslashreplace").replace("\r\n", "\n")
    lines = text.removesuffix("\n").split("\n")
    findings = list(_conflicts(lines, shown)) or list(_header(lines[0], shown))
    if findings:
        return Lock(), findings
    return _parsed(lines, shown)


def _dumped(key: str, line: Line) -> str:
    wordings = (f"{name}={held}" if held else name for name, held in sorted(line.wordings.items()))
    return " ".join((key, line.split, *wordings))


def _parsed(lines: Sequence[str], shown: str) -> tuple[Lock, list[Finding]]:
    found: dict[str, Line] = {}
    findings: list[Finding] = []
    first: dict[str, int] = {}
    for number, text in enumerate(islice(lines, 1, None), 2):
        key, line = _line(text)
        if line is None:
            findings.append(_fault(shown, number, f"is no line of a lock: {_cut(text)}"))
            continue
        taken = [name for name in (key, *line.wordings) if first.setdefault(name, number) != number]
        findings += (_twice(shown, number, name, first[name]) for name in taken)
        found[key] = line
    return Lock(found), findings


def _line(text: str) -> tuple[str, Line | None]:
    key, _, rest = text.partition(" ")
    split, *items = rest.split(" ")
    if split not in SPLITS or not _KEY.fullmatch(key):
        return key, None
    wordings: dict[str, Split | None] = {}
    for item in items:
        match = _WORDING.fullmatch(item)
        # Only of what is trained can a wording be held out.
        if not match or (match[2] and split != "train") or match[1] in (key, *wordings):
            return key, None
        wordings[match[1]] = cast("Split | None", match[2])
    return key, Line(split, wordings)


def _conflicts(lines: Sequence[str], shown: str) -> Iterator[Finding]:
    for number, text in enumerate(lines, 1):
        if text.startswith(_CONFLICT):
            advice = "Keep the lines of both sides; of two for one pattern, keep that with train."
            yield _fault(shown, number, "holds a merge conflict", advice)


def _header(text: str, shown: str) -> Iterator[Finding]:
    match = _HEADER.fullmatch(text)
    if not match:
        yield _fault(shown, 1, f"does not begin as a lock does: {_cut(text)}")
    elif match[1] != "1":
        message = f"is a lock of version {match[1]}, and this engram knows version 1"
        yield _fault(shown, 1, message, "Use the engram that wrote it, or --resplit.")
    elif match[2] != UNICODE:
        message = f"names wordings by Unicode {match[2]}, and this engram by {UNICODE}"
        yield _fault(shown, 1, message, "Use the engram that wrote it, or --resplit.")


def _twice(shown: str, number: int, name: str, first: int) -> Finding:
    message = f"`{name}` already stands in line {first}"
    return _fault(shown, number, message, "Keep one of the two; if one says train, that one.")


def _fault(shown: str, line: int, message: str, help: str | None = None) -> Finding:
    return BAD_LOCK.finding(shown, Position(line, 1), message, help)


def _cut(text: str) -> str:
    return f"`{text if len(text) <= _SHOWN else text[: _SHOWN - 3] + '...'}`"
