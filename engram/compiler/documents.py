"""Files that were read: what they hold, and where everything in them stands."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from functools import cached_property
from json import JSONEncoder
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, Protocol

from pydantic_core import from_json

from engram.files.canonical import digest_of
from engram.files.fault import Position
from engram.files.yaml_data import Parsed
from engram.files.yaml_data import Path as DataPath

if TYPE_CHECKING:
    from engram.files.csv_text import Csv

_Bytes = bytes  # which is the name of a field, too


# The two files of a corpus in bulk: `facts.corpus.yaml` describes the patterns of `facts.jsonl`.
FIELDS = ".corpus.yaml"
LINES = ".jsonl"

# After so many faulty lines the next one helps nobody: they end the reading.
MAX_FAULTY = 1_000

# What the lines of a corpus hold is texts and lists of texts: spelled like this, they are canonical
# JSON (RFC 8785).
_CANONICAL = JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A corpus file: where to read it, its name in findings, and its path from the corpora root."""

    location: str
    shown: str
    path: str

    @property
    def is_json(self) -> bool:
        """Whether it is to be read as JSON, and spoken of as such; else it is YAML."""
        return self.path.endswith((".json", LINES))

    @property
    def is_fields(self) -> bool:
        """Whether it holds the fields of a corpus whose patterns are in a file of their own."""
        return self.path.endswith(FIELDS)

    @property
    def is_lines(self) -> bool:
        """Whether it holds patterns as JSON, one a line."""
        return self.path.endswith(LINES)

    def beside(self, name: str) -> CorpusFile:
        """The file of that name in the same folder."""
        return CorpusFile(*(_beside(path, name) for path in (self.location, self.shown, self.path)))


class SourceFile(Protocol):
    """A file that a build is made of."""

    @property
    def file(self) -> CorpusFile: ...

    @property
    def bytes(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    @property
    def content(self) -> str:
        """The digest of what it says, whatever its layout."""


@dataclass(frozen=True)
class CsvTable:
    """A CSV file that was read: the rows of a corpus."""

    file: CorpusFile
    bytes: int
    sha256: str
    csv: Csv

    @cached_property
    def content(self) -> str:
        return digest_of([self.csv.columns, *self.csv.records])


@dataclass(frozen=True)
class LinesFile:
    """Patterns as JSON lines, unread.

    ``starts`` says where in ``data`` each line begins, and last where the data ends. A million of
    them are kept as bytes: what a line holds is looked at once, when it becomes a pattern, and
    where in it something stands only when that is asked.
    """

    file: CorpusFile
    bytes: int
    sha256: str
    data: _Bytes = field(repr=False)
    starts: array[int] = field(repr=False)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def line(self, index: int) -> _Bytes:
        """The line of that index, which counts from 0, without its end."""
        line = self.data[self.starts[index] : self.starts[index + 1]]
        return line.removesuffix(b"\n").removesuffix(b"\r")

    @cached_property
    def content(self) -> str:
        found = hashlib.sha256()
        for index in range(len(self)):
            found.update(_canonical(from_json(self.line(index))).encode())
        return found.hexdigest()


@dataclass(frozen=True)
class Document:
    """A corpus file that was read and parsed, with the other file of its corpus, if it has one."""

    file: CorpusFile
    bytes: int
    sha256: str
    parsed: Parsed
    table: CsvTable | None = None
    lines: LinesFile | None = None

    @cached_property
    def content(self) -> str:
        return digest_of(self.parsed.data)

    @property
    def sources(self) -> tuple[SourceFile, ...]:
        """The document's own file, and those that it brings with it."""
        return (self, *(part for part in (self.table, self.lines) if part))

    def at(self, path: DataPath) -> Position | None:
        """Where the value at ``path`` stands, or what is nearest above it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.parsed.values:
                return self.parsed.values[path[:length]]
        return None

    def key_at(self, path: DataPath) -> Position | None:
        """Where the key of ``path`` stands."""
        return self.parsed.keys.get(path) or self.at(path)


def _canonical(pattern: dict[str, Any]) -> str:
    fields = (f"{_spelt(name)}:{_spelt(pattern[name])}" for name in sorted(pattern))
    return f"{{{','.join(fields)}}}\n"


def _spelt(value: Any) -> str:
    return encode_basestring(value) if isinstance(value, str) else _CANONICAL.encode(value)


def _beside(path: str, name: str) -> str:
    folder, slash, _ = path.rpartition("/")
    return f"{folder}{slash}{name}"
