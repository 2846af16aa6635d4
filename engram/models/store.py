"""The cache of models: where it is, what is in it, and whether that is still what was put there."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from engram.core.errors import EngramError
from engram.core.home import home
from engram.models.digests import digest_of
from engram.models.layout import (
    TOKENIZER,
    check_complete,
    context_length_of,
    model_files,
    parameters_of,
)
from engram.models.names import Reference, resolve
from engram.models.record import Record, read_record
from engram.models.registry import ModelSpec
from engram.models.stamps import STAMPS_NAME, digests_in


@dataclass(frozen=True, slots=True)
class Model:
    """A model in a local folder, every byte of it accounted for.

    ``digest`` covers all files, ``tokenizer_digest`` those that turn text into token ids and the
    chat template. ``revision`` is null for a folder of the user's own.
    """

    name: str
    folder: Path
    digest: str
    tokenizer_digest: str
    parameters: int
    context_length: int
    bytes: int
    revision: str | None = None
    spec: ModelSpec | None = None


class DamagedModelError(EngramError):
    """A model in the cache is not what it was when it was put there."""


def shelf_of(reference: Reference) -> Path:
    """The folder of a model in the cache, whether or not it is there."""
    return home() / "models" / reference.shelf


def find(name: str, *, reread: bool = False) -> Model:
    """The model of that name, verified against the digests that it was pulled with.

    A file that was read before and has not been touched since is not read again, except with
    ``reread``. Nothing is fetched. Raises ``EngramError`` for a name that means nothing, a model
    that is not here (with the command that pulls it), and a damaged one.
    """
    reference = resolve(name)
    if reference.folder is not None:
        return _own(reference, reference.folder, reread=reread)
    folder = shelf_of(reference)
    record = _record(reference, folder)
    digests = digests_in(model_files(folder), folder / STAMPS_NAME, reread=reread)
    _compare(reference.name, record.digests, digests)
    if reference.spec is not None and reference.spec.files:
        _compare(reference.name, reference.spec.files, digests)
    return Model(
        name=reference.name,
        folder=folder,
        digest=record.digest,
        tokenizer_digest=record.tokenizer_digest,
        parameters=parameters_of(folder),
        context_length=context_length_of(folder),
        bytes=sum(file.bytes for file in record.files),
        revision=record.revision,
        spec=reference.spec,
    )


def shelves() -> list[Record]:
    """The records of all models in the cache, by name."""
    folders = (home() / "models").glob("*/")
    records = (_readable(folder) for folder in folders if not folder.name.startswith("."))
    return sorted((r for r in records if r is not None), key=lambda record: record.name)


def _readable(folder: Path) -> Record | None:
    """The record in a folder of the cache, or None if it is absent or damaged."""
    try:
        return read_record(folder)
    except EngramError:
        return None


def remove(name: str) -> Path | None:
    """Delete a model from the cache; the folder that it was in, or None if it was not here."""
    reference = resolve(name)
    if reference.folder is not None:
        raise EngramError(f"{name} is a folder of your own; engram deletes only from its cache.")
    folder = shelf_of(reference)
    if not folder.exists():
        return None
    # Out of sight first: a deletion that is cut short must not leave half a model behind.
    doomed = folder.with_name(f".removed-{folder.name}-{os.getpid()}")
    folder.rename(doomed)
    shutil.rmtree(doomed)
    return folder


def _record(reference: Reference, folder: Path) -> Record:
    try:
        record = read_record(folder)
    except EngramError as error:
        raise DamagedModelError(error.message, help=_again(reference.name)) from error
    if record is None and folder.exists():
        raise DamagedModelError(
            f"The model {reference.name} has no record in {folder}.", help=_again(reference.name)
        )
    if record is None:
        raise EngramError(
            f"The model {reference.name} is not on this machine.",
            help=f"Get it with: engram models pull {reference.name}",
        )
    return record


def _compare(name: str, expected: dict[str, str], digests: dict[str, str]) -> None:
    for path in sorted(expected.keys() | digests.keys()):
        if expected.get(path) != digests.get(path):
            state = "is missing" if path not in digests else "was changed after it was pulled"
            state = state if path in expected else "was not there when it was pulled"
            raise DamagedModelError(
                f"The model {name} is damaged: {path} {state}.", help=_again(name)
            )


def _again(name: str) -> str:
    return f"Get it anew with: engram models pull {name}"


def _own(reference: Reference, folder: Path, *, reread: bool) -> Model:
    """A folder of the user's own. There is nothing to compare it with: it is what it is."""
    files = model_files(folder)
    check_complete([path.name for path in files], str(folder))
    stamps = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    digests = digests_in(files, home() / "folders" / f"{stamps}.json", reread=reread)
    return Model(
        name=reference.name,
        folder=folder,
        digest=digest_of(digests),
        tokenizer_digest=digest_of(digests, TOKENIZER),
        parameters=parameters_of(folder),
        context_length=context_length_of(folder),
        bytes=sum(path.stat().st_size for path in files),
    )
