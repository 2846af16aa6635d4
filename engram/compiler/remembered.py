"""What was found the last time, for corpora in which nothing has changed since.

The question is a digest of all that an answer depends on: the bytes of every corpus and lock, the
settings, and engram itself. An answer names the files that corpora brought with them, which are
compared, too. Only corpora without an error are remembered: what is wrong is worth a second look.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from unicodedata import unidata_version

from pydantic import ValidationError

from engram import __version__
from engram.compiler.documents import CorpusFile, Document
from engram.compiler.lock import Lock
from engram.core.config import Config
from engram.core.finding import Finding
from engram.core.home import home
from engram.core.noun import Noun
from engram.files.atomic import write_file
from engram.files.canonical import digest, digest_of, rank_of
from engram.files.reading import read_regular

FOLDER = "found"
PARTS = ("core", "files", "compiler")
MOST = 50  # answers that are kept; a project needs one or two


class Companion(Noun):
    """A file that a corpus brought with it, such as a table."""

    location: str
    sha256: str


class Answer(Noun):
    """What was found, and in what."""

    files: int
    patterns: int
    findings: tuple[Finding, ...]
    companions: tuple[Companion, ...]


def question(files: Sequence[CorpusFile], lock: Lock, config: Config) -> str | None:
    """The digest of what an answer depends on; None if a file cannot be read."""
    seen: list[list[str]] = []
    for file in files:
        found = _digest_of(file.location, config.limits.file_bytes)
        if found is None:
            return None
        seen.append([file.location, file.shown, file.path, found])
    settings = config.model_dump(mode="json")
    return digest_of([_engram(), settings, digest(lock.text), seen])


def recall(question: str, config: Config) -> Answer | None:
    """The answer that was remembered, if all it depends on is still the same."""
    data = read_regular(_place(question), config.limits.file_bytes)
    if not isinstance(data, bytes):
        return None
    try:
        answer = Answer.model_validate_json(data)
    except ValidationError:
        return None
    limit = config.limits.lines_bytes
    same = all(_digest_of(one.location, limit) == one.sha256 for one in answer.companions)
    return answer if same else None


def remember(
    question: str, documents: Iterable[Document], patterns: int, findings: tuple[Finding, ...]
) -> None:
    """Keep an answer; where that cannot be written, nothing is kept."""
    documents = list(documents)
    companions = tuple(
        Companion(location=part.file.location, sha256=part.sha256)
        for document in documents
        for part in document.sources[1:]
    )
    answer = Answer(
        files=len(documents), patterns=patterns, findings=findings, companions=companions
    )
    place = _place(question)
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        write_file(place, answer.model_dump_json().encode())
        for old in sorted(place.parent.iterdir(), key=lambda path: -path.stat().st_mtime_ns)[MOST:]:
            old.unlink(missing_ok=True)


def _place(question: str) -> Path:
    return home() / FOLDER / f"{question}.json"


def _digest_of(location: str, limit: int) -> str | None:
    data = read_regular(Path(location), limit)
    return digest(data) if isinstance(data, bytes) else None


@cache
def _engram() -> str:
    """What finds: this engram, by version and by when and how large each of its files is."""
    root = Path(__file__).parents[1]
    files = sorted(
        (*root.glob("core/*.py"), *root.glob("files/*.py"), *root.glob("compiler/**/*.py"))
    )
    stamps = [f"{path.name} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in files]
    return rank_of(__version__, sys.version, unidata_version, *stamps)
