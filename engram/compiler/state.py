"""What the passes hand on: each fills in its own part of the state and leaves the rest alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from engram.compiler.documents import CorpusFile, Document
from engram.compiler.ignores import Ignore
from engram.compiler.lock import Lock, name_of, name_of_form
from engram.core.build import NearSearch, Phrasing, Probe, Split, Tie
from engram.core.config import Config
from engram.core.corpus import CorpusFields, Pattern
from engram.core.finding import Finding
from engram.core.rule import Rule
from engram.files.canonical import digest
from engram.files.fault import Position

KEY_DIGITS = 16


@dataclass(frozen=True, slots=True)
class CheckedCorpus:
    """What a document says of its corpus as a whole. ``whole``: nothing was wrong with it."""

    corpus: CorpusFields
    document: Document
    whole: bool = True


class Site(Protocol):
    """Where a pattern stands: in a list of a document, in a line of its own, in a table."""

    @property
    def file(self) -> CorpusFile:
        """The file that it stands in."""

    def at(self, *path: str | int) -> Position:
        """Where the pattern begins, or something in it, or what is nearest above that."""

    def added_line_feed(self, field: str) -> bool:
        """Whether the way in which a field is written put a line feed at its end."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A pattern where it stands.

    ``key`` is the name of the pattern in a build: its id, else the start of its input's digest.
    """

    pattern: Pattern
    home: CheckedCorpus
    site: Site
    key: str = field(init=False)
    _names: tuple[str, ...] = field(init=False, default=(), repr=False)

    def __post_init__(self) -> None:
        pattern = self.pattern
        key = pattern.id or digest(pattern.input.encode())[:KEY_DIGITS]
        object.__setattr__(self, "key", key)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the lock knows it by, its own first: id, input, other wordings."""
        if not self._names:
            # They are digests, made when they are first asked for: without a lock nobody does.
            ids = (self.key,) if self.pattern.id else ()
            wordings = map(name_of, (self.pattern.input, *self.pattern.variants))
            object.__setattr__(self, "_names", tuple(dict.fromkeys((*ids, *wordings))))
        return self._names

    @property
    def file(self) -> CorpusFile:
        """The file that it stands in."""
        return self.site.file

    @property
    def at(self) -> Position:
        """Where the pattern begins."""
        return self.site.at()

    @property
    def order(self) -> tuple[str, Position]:
        """By file, then by line: the order in which a reader meets the patterns."""
        return (self.file.path, self.at)

    @property
    def place(self) -> str:
        """``file:line``, for messages."""
        return f"{self.file.shown}:{self.at.line}"

    def finding(
        self, rule: Rule, message: str, *path: str | int, help: str | None = None
    ) -> Finding:
        """A finding of ``rule`` about the pattern, or about what stands at ``path`` in it."""
        return rule.finding(self.file.shown, self.site.at(*path), message, help)


class Phrase(NamedTuple):
    """One prompt of a pattern, who worded it, and its normal form."""

    prompt: str
    kind: Phrasing
    entry: Entry
    form: str


class Group(NamedTuple):
    """Patterns that share a split. ``trained``: its patterns are lookups, so none is held out.

    ``category`` is that of its smallest key, ``categories`` are those of all that it asks.
    """

    key: str
    category: str
    categories: frozenset[str]
    trained: bool
    entries: tuple[Entry, ...]
    phrases: tuple[Phrase, ...]


class Seat(NamedTuple):
    """A prompt with the split that it goes to and the question that it asks there."""

    phrase: Phrase
    split: Split
    probe: Probe


class Held(NamedTuple):
    """A wording that is held out, where it is asked, and its name in the lock."""

    phrase: Phrase
    split: Split
    name: str

    @classmethod
    def to(cls, split: Split, phrase: Phrase) -> Held:
        """The wording, held out to be asked in that split."""
        return cls(phrase, split, name_of_form(phrase.form))


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The wordings held out; and those that were, but must be trained now."""

    held: Sequence[Held] = ()
    lapsed: Sequence[Held] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What the renewed lock says of the patterns that the lock did not; each stands in one list.

    ``moved`` is for another split, ``reworded`` for the same one with other wordings on record.
    """

    kept: Sequence[Entry] = ()
    new: Sequence[Entry] = ()
    moved: Sequence[Entry] = ()
    reworded: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True)
class State:
    """Everything known so far, from the files to who sits where.

    ``config`` is what the project sets; it changes what is said and not what is built.
    ``bound`` holds the keys of patterns that share a group whatever they say: those of a table's
    row. ``sharing`` holds the keys of patterns that have a prompt in common, of which one keeps it.
    ``ties`` say, by key, why a pattern is in its group, and ``search`` how near-duplicates were
    looked for. ``places`` is by group key. ``lock`` is as it was found, ``renewed`` as it is to
    be kept.
    """

    config: Config = field(default_factory=Config)
    lock: Lock = field(default_factory=Lock)
    files: tuple[CorpusFile, ...] = ()
    documents: tuple[Document, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    corpora: tuple[CheckedCorpus, ...] = ()
    entries: tuple[Entry, ...] = ()
    bound: tuple[tuple[str, ...], ...] = ()
    phrases: tuple[Phrase, ...] = ()
    sharing: tuple[tuple[str, ...], ...] = ()
    groups: tuple[Group, ...] = ()
    ties: Mapping[str, Tie] = field(default_factory=dict)
    search: NearSearch | None = None
    places: Mapping[str, Split] = field(default_factory=dict)
    held_out: HeldOut = field(default_factory=HeldOut)
    renewed: Lock = field(default_factory=Lock)
    change: Change = field(default_factory=Change)
