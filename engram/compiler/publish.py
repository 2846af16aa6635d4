"""A build on disk. Readers find the old one or the new one, whatever happens in between.

Data and places lie under names that digest them, so nothing that a reader holds is ever rewritten.
The manifest comes last and in one step. One compiler writes at a time.
"""

from __future__ import annotations

import os
import platform
import re
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from unicodedata import unidata_version

from engram.compiler.card import CARD_NAME
from engram.compiler.croissant import CROISSANT_NAME
from engram.compiler.emit import Artifacts, manifest_bytes
from engram.compiler.seal import MARK
from engram.core.build import MANIFEST_NAME, Manifest
from engram.core.errors import EngramError
from engram.files.atomic import alone, remove, sweep_unfinished, write_file, write_folder
from engram.files.canonical import canonical
from engram.files.fault import Fault
from engram.files.reading import read_regular

PROVENANCE = "provenance.json"
MAX_MANIFEST = 256 << 20
FOR_OTHERS = (CARD_NAME, CROISSANT_NAME)

_GENERATION = re.compile(r"[0-9a-f]{64}(\.jsonl)?")


def publish(artifacts: Artifacts, out: Path) -> bool:
    """Write a build into ``out``; whether anything had to be written. Raises EngramError."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with alone(out):
            _refuse_to_overwrite(out)
            sweep_unfinished(out, out / "data", out / "patterns")
            if up_to_date(artifacts, out):
                return False
            old = read_regular(out / MANIFEST_NAME, MAX_MANIFEST, follow=False)
            _write(artifacts, out)
            _sweep(out, artifacts.manifest, old)
    except OSError as error:
        message = f"cannot write the build into {out}: {error.strerror or error}"
        raise EngramError(message, help="Give another folder with -o.") from error
    return True


def up_to_date(artifacts: Artifacts, out: Path) -> bool:
    """Whether ``out`` already holds this very build, whole and readable."""
    manifest = read_regular(out / MANIFEST_NAME, MAX_MANIFEST, follow=False)
    try:
        return (
            manifest == manifest_bytes(artifacts.manifest)
            and _data_intact(artifacts, out)
            and _places_intact(artifacts, out)
            and all(_holds(out / name, artifacts.files[name]) for name in FOR_OTHERS)
        )
    except OSError:
        return False


def _refuse_to_overwrite(out: Path) -> None:
    """Leave the README of a project alone where somebody compiles into it by mistake."""
    for name in FOR_OTHERS:
        known = read_regular(out / name, MAX_MANIFEST, follow=False)
        ours = isinstance(known, bytes) and MARK.encode() in known
        if os.path.lexists(out / name) and not ours and not (out / MANIFEST_NAME).exists():
            raise EngramError(
                f"{out / name} is not of a build", help="Give another folder with -o."
            )


def _data_files(artifacts: Artifacts) -> dict[str, bytes]:
    """The files of the data folder, by name."""
    folder = Path(artifacts.manifest.data_folder)
    paths = {Path(path): content for path, content in artifacts.files.items()}
    return {path.name: content for path, content in paths.items() if path.parent == folder}


def _data_intact(artifacts: Artifacts, out: Path) -> bool:
    folder = out / artifacts.manifest.data_folder
    if folder.is_symlink() or not folder.is_dir():
        return False
    files = _data_files(artifacts)
    return {path.name for path in folder.iterdir()} == set(files) and all(
        _holds(folder / name, content) for name, content in files.items()
    )


def _places_intact(artifacts: Artifacts, out: Path) -> bool:
    path = artifacts.manifest.patterns.path
    return _holds(out / path, artifacts.files[path])


def _holds(path: Path, content: bytes) -> bool:
    return read_regular(path, len(content), follow=False) == content


def _write(artifacts: Artifacts, out: Path) -> None:
    places = artifacts.manifest.patterns.path
    for folder in ("data", "patterns"):
        (out / folder).mkdir(exist_ok=True)
    # What is there and right is left alone: somebody may be reading it.
    if not _data_intact(artifacts, out):
        write_folder(out / artifacts.manifest.data_folder, _data_files(artifacts))
    if not _places_intact(artifacts, out):
        write_file(out / places, artifacts.files[places])
    write_file(out / PROVENANCE, canonical(_provenance(artifacts.manifest)) + b"\n")
    # Before the manifest, so that a compilation that was cut short is seen to be unfinished. Until
    # then they name this build's data, which are all there.
    for name in FOR_OTHERS:
        write_file(out / name, artifacts.files[name])
    write_file(out / MANIFEST_NAME, manifest_bytes(artifacts.manifest))


def _provenance(manifest: Manifest) -> dict[str, str]:
    """Facts about this compilation that must not change what it makes."""
    libraries = ("pydantic", "ruamel.yaml", "rfc8785")
    return {
        "build_id": manifest.build_id,
        "engram": manifest.engram,
        "compiled": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "unicode": unidata_version,
        **{name: version(name) for name in libraries},
    }


def _sweep(out: Path, new: Manifest, old: bytes | Fault) -> None:
    """Remove all generations but the new one and the one before it."""
    kept = set(_names(new))
    if isinstance(old, bytes):
        # Only names are needed, and an unreadable manifest has none that are worth keeping.
        kept |= set(re.findall(r"[0-9a-f]{64}", old.decode("utf-8", "replace")))
    for folder in ("data", "patterns"):
        for path in (out / folder).iterdir():
            if _GENERATION.fullmatch(path.name) and path.name.split(".")[0] not in kept:
                remove(path)


def _names(manifest: Manifest) -> tuple[str, str]:
    return manifest.data, Path(manifest.patterns.path).stem
