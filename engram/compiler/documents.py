"""Files that were read: what they hold, and where everything in them stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from engram.files.canonical import digest_of
from engram.files.csv_text import Csv
from engram.files.fault import Position
from engram.files.yaml_data import Parsed
from engram.files.yaml_data import Path as DataPath


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A corpus file: where to read it, its name in findings, and its path from the corpora root."""

    location: str
    shown: str
    path: str

    @property
    def is_json(self) -> bool:
        """Whether it is to be read as JSON, and spoken of as such; else it is YAML."""
        return self.path.endswith(".json")

    @property
    def is_fields(self) -> bool:
        """Whether it holds the fields of a corpus whose patterns are in a file of their own."""
        return self.path.endswith(".corpus.yaml")

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
class Document:
    """A corpus file that was read and parsed, and the table that it names, if that was read."""

    file: CorpusFile
    bytes: int
    sha256: str
    parsed: Parsed
    table: CsvTable | None = None

    @cached_property
    def content(self) -> str:
        return digest_of(self.parsed.data)

    @property
    def sources(self) -> tuple[SourceFile, ...]:
        """The document's own file, and those that it brings with it."""
        return (self, self.table) if self.table else (self,)

    def at(self, path: DataPath) -> Position | None:
        """Where the value at ``path`` stands, or what is nearest above it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.parsed.values:
                return self.parsed.values[path[:length]]
        return None

    def key_at(self, path: DataPath) -> Position | None:
        """Where the key of ``path`` stands."""
        return self.parsed.keys.get(path) or self.at(path)


def _beside(path: str, name: str) -> str:
    folder, slash, _ = path.rpartition("/")
    return f"{folder}{slash}{name}"
