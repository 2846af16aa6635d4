"""What commands print for a program (``--json``), where no other noun says it.

Each is one document on standard output; ``schemas/output.v1.json`` describes them all.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer

from engram.core.build import Count, Detectable, LeakProof
from engram.core.exported import ExportRecord, Parity
from engram.core.finding import Finding, More
from engram.core.gate import Verdict
from engram.core.noun import Float, Noun, Texts
from engram.core.results import Exchange, Report
from engram.core.training import Training


def _text(place: Path) -> str:
    """A path as text; what is not UTF-8 in it is replaced, since JSON cannot hold it."""
    return os.fsencode(place).decode("utf-8", "replace")


Place = Annotated[Path, PlainSerializer(_text)]
Places = Annotated[tuple[Place, ...], Field(strict=False)]
Findings = Annotated[tuple[Finding, ...], Field(strict=False)]


class Found(Noun):
    """Findings, at most a hundred of a rule in one file; ``more`` counts the others."""

    findings: Findings
    more: Annotated[tuple[More, ...], Field(strict=False)]


class Validated(Found):
    """``engram validate``. ``errors`` and ``warnings`` count all, those under ``more`` included."""

    files: int
    patterns: int
    errors: int
    warnings: int


class LockKept(Noun):
    """What became of engram.lock: how many patterns stayed in place, are new, and moved."""

    path: Place
    placed: int
    new: int
    moved: int
    changed: bool


class CompiledBuild(Found):
    """``engram compile``. All but the findings is null or empty if there are errors."""

    manifest: Place | None
    build_id: str | None
    changed: bool
    lock: LockKept | None
    counts: Annotated[tuple[Count, ...], Field(strict=False)]
    detectable: Annotated[tuple[Detectable, ...], Field(strict=False)]
    leak_proof: LeakProof | None


class Written(Noun):
    """``engram init``: the files that were written."""

    written: Places


class ImportedRows(Noun):
    """``engram import``. ``rejected`` counts rows by reason; ``report`` is the file of them."""

    rows: int
    taken: int
    rejected: dict[str, int]
    shape: str
    unused: Texts
    corpus: Places
    report: Place | None
    findings: Findings


class RuleEntry(Noun):
    """One rule of ``engram explain``."""

    code: str
    name: str
    severity: Literal["error", "warning"]
    ignorable: bool
    summary: str
    help: str


class RulePage(RuleEntry):
    """``engram explain RULE``; ``page`` is Markdown."""

    page: str


class Trained(Noun):
    """``engram train``. ``adapter`` is the folder of the adapter."""

    run_id: str
    adapter: Place
    training: Training


class Evaluated(Noun):
    """``engram run`` and ``engram eval``: the report, its files, and how each gate came out."""

    run_id: str
    folder: Place
    files: Places
    report: Report
    gates: Annotated[tuple[Verdict, ...], Field(strict=False)]


class Demonstrated(Noun):
    """``engram demo``."""

    run_id: str
    exchanges: Annotated[tuple[Exchange, ...], Field(strict=False)]


class ExportedRun(Noun):
    """``engram export``. Without enough answers as the adapter's, all but ``parity`` is null."""

    folder: Place | None
    parity: Parity | None
    record: ExportRecord | None


class RemovedRuns(Noun):
    """``engram runs remove``: ids. ``left`` are those that another engram works on."""

    removed: Texts
    left: Texts
    bytes: int


class ListedModel(Noun):
    """A model in the list of ``engram models``. What is not known is null."""

    name: str
    parameters: int | None
    context_length: int | None
    licence: str | None
    source: str
    download: int | None
    architecture: str | None
    note: str | None
    here: bool
    bytes: int | None
    revision: str | None
    digest: str | None


class ModelHere(Noun):
    """A model that is on this machine: ``engram models pull``, ``verify`` and ``path``."""

    name: str
    folder: Place
    bytes: int
    revision: str | None
    digest: str


class RemovedModel(Noun):
    """``engram models remove``; ``folder`` is null if the model was not here."""

    name: str
    folder: Place | None


class Device(Noun):
    """What a backend computes on."""

    kind: str
    name: str


class Speed(Noun):
    """How fast a backend multiplies matrices in single precision, in 10^9 operations a second."""

    gflops: Float
    fast: bool


class BackendFacts(Noun):
    """A backend that is not the one used; ``help`` says how to get one that is not there.

    ``origin`` is the distribution that brings it, with its version; null for engram's own.
    """

    backend: str
    device: Device | None
    precision: str | None
    speed: Speed | None
    origin: str | None
    help: str | None


class Blas(Noun):
    """The library that multiplies matrices on the CPU."""

    name: str
    version: str
    path: str
    threads: int | None


class Memory(Noun):
    """Memory of this machine in bytes; null where it cannot be told."""

    available: int | None
    total: int | None


class Cache(Noun):
    """Where models are kept, and how many bytes are free there."""

    folder: str
    free: int


class CachedModel(Noun):
    """A model in the cache."""

    name: str
    bytes: int
    location: str
    revision: str


class Machine(Noun):
    """``engram doctor``. ``why`` says why this backend is the one used; ``problems`` what is amiss.

    ``versions`` holds the packages that matter, null for those that are not installed.
    """

    engram: str
    python: str
    platform: str
    blas: Blas | None
    threads: int | None
    backend: str | None
    device: Device | None
    precision: str | None
    speed: Speed | None
    why: str
    others: Annotated[tuple[BackendFacts, ...], Field(strict=False)]
    memory: Memory
    cache: Cache
    models: Annotated[tuple[CachedModel, ...], Field(strict=False)]
    versions: dict[str, str | None]
    problems: Texts
