"""The compiler: corpora in, findings or a locked build out.

The passes, in order:

    read      files become documents, with the position of everything in them
    check     documents become patterns; each is checked by model and by schema
    review    what patterns say is looked over, one by one and side by side
    expand    patterns become prompts; contradictions and copies are found
    group     patterns that must share a split become groups
    split     groups get a split, the one that the lock has for them; prompts get a question to ask
              there: recall, variant or novel
    emit      prompts become rows, and rows the bytes of a build, which ``publish`` puts on disk

A pass takes ``(state, options)`` and gives ``(state, findings)``. It never raises for what a user
wrote: faults are collected over all passes and files, and a build is made only if none is an error.
The lock is written before the build, so that no build ever exists whose splits are not on record.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engram.compiler.check import check
from engram.compiler.documents import CorpusFile
from engram.compiler.expand import expand
from engram.compiler.group import group
from engram.compiler.lock import Lock
from engram.compiler.lockfile import Kept, lock_path, open_lock, open_locks
from engram.compiler.read import read
from engram.compiler.review import review
from engram.compiler.selection import Wanted
from engram.compiler.sources import find
from engram.compiler.split import split
from engram.compiler.state import State
from engram.core.build import Build, Manifest, Options
from engram.core.config import Config
from engram.core.errors import EngramError
from engram.core.finding import Finding, Findings, errors_in
from engram.core.judges import judge_name

# What becomes of the lock: it is kept and renewed, may not change, or is made anew.
LockUse = Literal["keep", "locked", "resplit"]
Pass = Callable[[State, Options], tuple[State, list[Finding]]]

# Findings that a setting or a comment ignores are dropped between the rows, and at the end.
# Every pass of the first row is worth its findings even if an earlier one found errors. Splitting
# what is only part of the corpora would say things that are not so.
LOOK: tuple[Pass, ...] = (read, check, review, expand, group)
DEAL: tuple[Pass, ...] = (split,)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was looked at and what was found, in reading order."""

    files: int
    patterns: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """The outcome of a compilation. ``manifest`` and ``lock`` are None if there are errors.

    ``changed`` is false if ``folder`` already held this very build.
    """

    folder: Path
    findings: tuple[Finding, ...]
    manifest: Manifest | None = None
    changed: bool = False
    lock: Kept | None = None

    @property
    def manifest_path(self) -> Path:
        """Where the manifest is, for `engram run --manifest`."""
        return self.folder / "manifest.json"


def validate(paths: Sequence[Path], config: Config | None = None) -> Findings:
    """Everything that is wrong with the corpora in ``paths`` (files or folders), in reading order.

    Raises EngramError if a path does not exist or there is no corpus at all.
    """
    return Findings(inspect(paths, config).findings)


def inspect(
    paths: Sequence[Path],
    config: Config | None = None,
    *,
    also: Sequence[Pass] = (),
    remembering: bool = False,
) -> Inspection:
    """What ``validate`` finds, with the number of files and patterns that it looked at.

    ``also`` are further passes, for what only others know, such as a model's tokenizer. With
    ``remembering``, what was found before in the very same files is not looked for again.
    """
    config = config or Config()
    wanted = Wanted.by(config)
    found, locks = find([Path(path) for path in paths], config.limits), open_locks(paths)
    if remembering and not (also or found[1] or locks[1]):
        return _remembered(found, config, wanted, locks)
    state, findings = _look(found, Options(), config, wanted, locks, also)
    return Inspection(len(state.files), len(state.entries), findings)


def _remembered(
    found: tuple[tuple[CorpusFile, ...], list[Finding]],
    config: Config,
    wanted: Wanted,
    locks: tuple[Lock, list[Finding]],
) -> Inspection:
    from engram.compiler.remembered import question, recall, remember

    asked = question(found[0], locks[0], config)
    known = recall(asked, config) if asked else None
    if known:
        return Inspection(known.files, known.patterns, known.findings)
    state, findings = _look(found, Options(), config, wanted, locks, ())
    # What judges of others find may change without a byte of the corpora.
    judged = any(judge_name(entry.pattern.match) for entry in state.entries)
    if asked and not (judged or errors_in(findings)):
        remember(asked, state.documents, len(state.entries), findings)
    return Inspection(len(state.files), len(state.entries), findings)


def compile_corpora(
    corpora: Path,
    out: Path,
    *,
    options: Options | None = None,
    config: Config | None = None,
    strict: bool = False,
    lock: LockUse = "keep",
    check: bool = False,
    also: Sequence[Pass] = (),
) -> Compiled:
    """Compile the folder ``corpora`` into a build in ``out``, unless there are error findings.

    With ``strict`` a warning is enough to write nothing. The build is a pure function of the
    corpora, the options and ``engram.lock`` in the folder, which is renewed: ``locked`` finds an
    error if that would change it, and ``resplit`` places everything anew. With ``check`` nothing is
    written, and the outcome says what would be. ``also`` are further passes. Raises EngramError if
    there is nothing to compile, if the options make no sense, or if ``out`` or the lock cannot be
    written.
    """
    from engram.compiler.emit import emit
    from engram.compiler.lockfile import kept_in, save_lock, stale
    from engram.compiler.publish import publish, up_to_date
    from engram.compiler.renewal import recorded

    options = options or Options()
    _check_options(options)
    file, found, faults = open_lock(lock_path(corpora))
    if lock == "resplit":
        found, faults = Lock(), []
    config = config or Config()
    wanted, files = Wanted.by(config), find([corpora], config.limits)
    state, findings = _look(files, options, config, wanted, (found, faults), also)
    if not errors_in(findings):
        with _no_collection():
            state = recorded(state)
        if lock == "locked":
            findings = _in_order([*findings, *stale(file, state)])
    if errors_in(findings) or (strict and findings):
        return Compiled(out, findings)
    with _no_collection():
        artifacts = emit(state, options)
    kept = kept_in(file, state)
    if check:
        return Compiled(out, findings, artifacts.manifest, not up_to_date(artifacts, out), kept)
    save_lock(file, state.renewed)
    return Compiled(out, findings, artifacts.manifest, publish(artifacts, out), kept)


def verify_build(manifest_path: Path) -> Build:
    """The build behind a manifest, in memory, parsed from the very bytes that were hashed.

    Raises RefusedBuild, naming the file, if anything is not what the manifest says, if the manifest
    is not what its own id says, or if the rows leak.
    """
    from engram.compiler.verify import read_build

    return read_build(manifest_path)


def _look(
    found: tuple[tuple[CorpusFile, ...], list[Finding]],
    options: Options,
    config: Config,
    wanted: Wanted,
    lock: tuple[Lock, list[Finding]],
    also: Sequence[Pass],
) -> tuple[State, tuple[Finding, ...]]:
    files, findings = found
    known, faults = lock
    state = State(config=config, lock=known, files=files)
    with _no_collection():
        state, findings = _through((*LOOK, *also), state, findings + faults, options)
        left = wanted.left_of(findings, state.ignores, complete=False)
        if not errors_in(left):
            state, findings = _through(DEAL, state, findings, options)
            left = wanted.left_of(findings, state.ignores, complete=True)
    return state, _in_order(left)


def _through(
    passes: Sequence[Pass], state: State, findings: list[Finding], options: Options
) -> tuple[State, list[Finding]]:
    for step in passes:
        state, found = step(state, options)
        findings = findings + found
    return state, findings


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.sort_key))


@contextmanager
def _no_collection() -> Iterator[None]:
    # The passes make millions of objects and no cycles; to look for some takes a third of the time.
    collecting, frozen = gc.isenabled(), gc.get_freeze_count()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            # Held to be old, they are not looked at until there are many more; by a command, which
            # has frozen what it imported, not at all.
            gc.freeze()
            if not frozen:
                gc.unfreeze()
            gc.enable()


def _check_options(options: Options) -> None:
    if options.ratios[0] == 0:
        raise EngramError(
            f"the ratios {'/'.join(map(str, options.ratios))} make no split",
            help="Give the parts of train, valid and test, such as 80/10/10; train gets some.",
        )


__all__ = [
    "Compiled",
    "Inspection",
    "Kept",
    "LockUse",
    "compile_corpora",
    "inspect",
    "validate",
    "verify_build",
]
