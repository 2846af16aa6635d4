"""What a compiler writes and a laboratory trusts: rows, and the manifest that locks them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engram.core.corpus import Match, NearDuplicates, Percent
from engram.core.noun import Noun, Texts
from engram.core.plugins import Plugin

Split = Literal["train", "valid", "test"]
Probe = Literal["recall", "variant", "novel"]
Phrasing = Literal["bare", "template", "author"]
Role = Literal["user", "assistant"]
Reason = Literal["row", "prompt", "form", "near"]

# How a report names its probes: the wordings of authors and of templates are scored apart.
ProbeName = Literal["recall", "variant", "variant_template", "novel"]

SPLITS: tuple[Split, ...] = ("train", "valid", "test")
PROBES: tuple[Probe, ...] = ("recall", "variant", "novel")
PROBE_NAMES: tuple[ProbeName, ...] = ("recall", "variant", "variant_template", "novel")
MANIFEST_NAME = "manifest.json"

# The largest whole number that JSON keeps exact (RFC 8785, section 3.2.2.3).
LARGEST = 2**53 - 1
Part = Annotated[int, Field(ge=0, le=1_000_000)]
Ratios = Annotated[tuple[Part, Part, Part], Field(strict=False)]


def probe_name(probe: Probe, phrasing: Phrasing) -> ProbeName:
    """The name under which a row is scored."""
    return "variant_template" if probe == "variant" and phrasing == "template" else probe


class Message(Noun):
    """One turn of a conversation."""

    role: Role
    content: str


class Row(Noun):
    """One line of ``train.jsonl``, ``valid.jsonl`` or ``test.jsonl``: one phrasing of a pattern.

    ``messages`` is the user's turn and the assistant's. ``probe`` is the question that the row
    asks: ``recall`` for every trained row, ``variant`` for a held-out phrasing of a trained
    pattern, ``novel`` for a pattern whose whole group was held out. ``phrasing`` says who wrote
    the prompt.
    """

    messages: Annotated[tuple[Message, Message], Field(strict=False)]
    id: str
    pattern: str
    category: str
    probe: Probe
    phrasing: Phrasing
    match: Match
    accept: Texts
    tags: Texts

    @property
    def prompt(self) -> str:
        return self.messages[0].content

    @property
    def answer(self) -> str:
        return self.messages[1].content


class Tie(Noun):
    """Why a pattern is in its group: what ties it to another pattern, ``to``, that is in there.

    ``row``: they are of one row of a table. ``prompt``: they share a prompt. ``form``: they have
    prompts that differ in case or white space only. ``near``: they have prompts that are alike, by
    so many percent.
    """

    to: str
    by: Reason
    percent: Percent | None = None


class PatternSite(Noun):
    """One line of ``patterns.jsonl``: where a pattern stands in the corpora, and its group.

    A group is named by one of its patterns. That one has no ``tie``; the ties of the others lead to
    it, some by way of others.
    """

    pattern: str
    group: str
    corpus: str
    category: str
    split: Split
    file: str
    line: int
    column: int
    tie: Tie | None = None


class Options(Noun):
    """What the author asked of the compiler. ``ratios`` are the parts of train, valid and test."""

    seed: Annotated[int, Field(ge=0, le=LARGEST)] = 42
    ratios: Ratios = (80, 10, 10)
    augment: bool = True


class Source(Noun):
    """One corpus file that went in. ``content`` digests what was parsed, whatever its layout."""

    path: str
    bytes: int
    sha256: str
    content: str


class Output(Noun):
    """One file that came out. ``path`` is relative to the folder of the manifest."""

    path: str
    bytes: int
    rows: int
    sha256: str


class Count(Noun):
    """How many rows and groups one category has in one split, for one probe."""

    category: str
    split: Split
    probe: Probe
    rows: int
    groups: int


class NearRule(Noun):
    """What one corpus says about near-duplicates."""

    corpus: str
    near_duplicates: NearDuplicates
    near_percent: Percent


class NearSearch(Noun):
    """How near-duplicates were looked for, and what was not looked at.

    ``library`` sketched ``permutations`` hashes of each prompt. Of prompts whose sketches agree on
    a part, each was compared with the next ``cap``; ``skipped`` counts the pairs that were
    therefore not compared, once for each part on which they agree.
    """

    method: str
    library: str
    permutations: int
    cap: int
    skipped: int
    rules: Annotated[tuple[NearRule, ...], Field(strict=False)]


class NearPair(Noun):
    """Two patterns that are in one group because they are alike, by so many percent."""

    pattern: str
    to: str
    percent: Percent


class LeakProof(Noun):
    """What was compared across splits, and what crossed: nothing, or the build is refused.

    ``near`` counts the near-duplicates that made a group of two, and ``near_pairs`` lists them, up
    to a number; ``patterns.jsonl`` has them all.
    """

    compared: str
    groups: int
    prompts: int
    pairs: int
    crossing: int
    search: NearSearch
    near: int
    near_pairs: Annotated[tuple[NearPair, ...], Field(strict=False)]


class Detectable(Noun):
    """What test can tell from noise: of ``groups`` asked, a change by ``per_mille`` at the least.

    Null if there are too few to tell anything.
    """

    probe: ProbeName
    groups: int
    per_mille: int | None


class DemoPrompt(Noun):
    """A prompt that a demonstration shows, with the answer that the corpora give."""

    prompt: str
    answer: str
    probe: Probe
    row: str


class Manifest(Noun):
    """What a build holds, by digest: the only door to it.

    ``data`` digests the three row files, and is all of the build that a training run depends on.
    ``build_id`` digests the whole manifest but itself. ``lock`` digests the lock of the corpora as
    it was after compiling. ``judges`` are those of other distributions that rows are judged by; a
    manifest without any has no such field.
    """

    manifest_version: Literal[1] = 1
    engram: str
    build_id: str
    data: str
    options: Options
    unicode: str
    sources: Annotated[tuple[Source, ...], Field(strict=False)]
    lock: str
    outputs: Annotated[tuple[Output, ...], Field(strict=False)]
    patterns: Output
    counts: Annotated[tuple[Count, ...], Field(strict=False)]
    detectable: Annotated[tuple[Detectable, ...], Field(strict=False)]
    leak_proof: LeakProof
    demo: Annotated[tuple[DemoPrompt, ...], Field(strict=False)]
    judges: Annotated[tuple[Plugin, ...], Field(strict=False)] = ()

    @property
    def data_folder(self) -> str:
        """The folder of the row files, relative to the manifest's."""
        return f"data/{self.data}"


class Build(Noun):
    """A build that was verified, in memory: consumers parse the bytes that were hashed."""

    folder: str
    manifest: Manifest
    rows: dict[Split, tuple[Row, ...]]
    sites: dict[str, PatternSite]

    def place(self, pattern: str) -> str:
        """``file:line`` of a pattern in the corpora."""
        site = self.sites[pattern]
        return f"{site.file}:{site.line}"
