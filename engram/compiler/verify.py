"""A build is taken at its digests' word only: every byte is read, hashed, and proved again."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from engram.compiler.card import CARD_NAME, DATA_CARD_NAME
from engram.compiler.emit import build_id, data_digest, manifest_bytes
from engram.compiler.normal import UNICODE
from engram.compiler.power import detectable
from engram.compiler.proof import Leak, count, prove
from engram.compiler.publish import FOR_OTHERS, MAX_MANIFEST
from engram.compiler.rows import parse_rows, parse_sites
from engram.compiler.seal import is_sealed
from engram.core.build import MANIFEST_NAME, SPLITS, Build, Manifest, Output, Row, Split
from engram.core.errors import MissingBuild, RefusedBuild
from engram.core.judges import GROUP, judge_name
from engram.core.plugins import plugins
from engram.files.canonical import digest
from engram.files.fault import Fault
from engram.files.reading import read_regular

AGAIN = "Compile again: engram compile CORPORA -o BUILD."
FIRST = "Compile first: engram compile corpora -o build"

_Content = TypeVar("_Content")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def read_build(manifest_path: Path) -> Build:
    """The build behind a manifest; see ``engram.compiler.verify_build``."""
    path = _file_of(manifest_path)
    manifest = read_manifest(path)
    folder = path.parent
    _check_paths(path, manifest)
    _check_folder(folder, manifest)
    rows: dict[Split, tuple[Row, ...]] = dict.fromkeys(SPLITS, ())
    for output in manifest.outputs:
        rows[_split_of(output)] = _parsed(folder, output, parse_rows)
    sites = _parsed(folder, manifest.patterns, parse_sites)
    build = Build(folder=str(folder), manifest=manifest, rows=rows, sites=sites)
    _check_figures(path, build)
    _check_judges(path, build)
    _check_sealed(folder / manifest.data_folder / CARD_NAME, DATA_CARD_NAME)
    for name in FOR_OTHERS:
        _check_sealed(folder / name, name)
    return build


def read_manifest(manifest_path: Path) -> Manifest:
    """The manifest of a build, checked against its own id; the files that it lists are not read.

    Raises RefusedBuild.
    """
    path = _file_of(manifest_path)
    data = read_regular(path, MAX_MANIFEST, follow=False)
    if isinstance(data, Fault):
        if not os.path.lexists(path):
            raise MissingBuild(f"There is no manifest {path}.", help=FIRST)
        raise _refused(path, data.message)
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole file"
        raise _refused(
            path, f"is no manifest that this engram knows: {place}: {first['msg']}"
        ) from error
    try:
        written, named = manifest_bytes(manifest), build_id(manifest)
    except ValueError as error:
        raise _refused(path, f"holds what JSON cannot hold: {error}") from error
    if written != data:
        raise _refused(path, "is not written the way a compiler writes manifests")
    if named != manifest.build_id:
        raise _refused(path, "does not match its own build id")
    if manifest.unicode != UNICODE:
        raise _refused(path, f"was compiled with Unicode {manifest.unicode}, not {UNICODE}")
    return manifest


def _file_of(manifest_path: Path) -> Path:
    return manifest_path / MANIFEST_NAME if manifest_path.is_dir() else manifest_path


def _check_paths(path: Path, manifest: Manifest) -> None:
    # Only the very paths that a compiler writes are let through, so that nothing that is absolute,
    # climbs out, or differs in case from another can name a file.
    if not _DIGEST.fullmatch(manifest.data):
        raise _refused(path, f"names a data folder that is none: {manifest.data!r}")
    known = [f"{manifest.data_folder}/{split}.jsonl" for split in SPLITS]
    paths = [output.path for output in manifest.outputs]
    if paths != [name for name in known if name in paths]:
        raise _refused(path, f"lists files that a build does not have: {paths}")
    if manifest.patterns.path != f"patterns/{manifest.patterns.sha256}.jsonl":
        raise _refused(path, f"lists a file that a build does not have: {manifest.patterns.path!r}")
    digests = {Path(output.path).name: output.sha256 for output in manifest.outputs}
    if data_digest(digests) != manifest.data:
        raise _refused(path, "names a data folder that does not match its files")


def _check_folder(folder: Path, manifest: Manifest) -> None:
    data = folder / manifest.data_folder
    for part in (data.parent, data, folder / "patterns"):
        if part.is_symlink() or not part.is_dir():
            raise _refused(part, "is not a folder of its own")
    listed = {CARD_NAME, *(Path(output.path).name for output in manifest.outputs)}
    for path in sorted(data.iterdir()):
        if path.name not in listed:
            raise RefusedBuild(f"{path} is not in the manifest", help="Remove it.")


def _check_sealed(path: Path, name: str) -> None:
    data = read_regular(path, MAX_MANIFEST, follow=False)
    if isinstance(data, Fault):
        raise _refused(path, data.message)
    if not is_sealed(data, name):
        raise _refused(path, "has changed since it was compiled")


def _parsed(folder: Path, output: Output, parse: Callable[[bytes], _Content]) -> _Content:
    path = folder / output.path
    data = read_regular(path, output.bytes, follow=False)
    if isinstance(data, Fault):
        grown = data.kind == "too-large"
        raise _refused(path, "has grown since it was compiled" if grown else data.message)
    if len(data) != output.bytes or digest(data) != output.sha256:
        raise _refused(path, "has changed since it was compiled")
    if data.count(b"\n") != output.rows or not data:
        raise _refused(path, f"does not hold the {output.rows} rows that the manifest lists")
    try:
        return parse(data)
    except ValueError as error:
        raise _refused(path, f"holds what is no row: {error}") from error


def _check_figures(path: Path, build: Build) -> None:
    try:
        proof = prove(build.rows, build.sites, build.manifest.leak_proof.search)
    except Leak as leak:
        raise _refused(path, f"describes a build that leaks: {leak}") from leak
    if proof != build.manifest.leak_proof:
        raise _refused(path, "has another leak proof than its rows")
    if count(build.rows, build.sites) != build.manifest.counts:
        raise _refused(path, "has other counts than its rows")
    if detectable(build.rows, build.sites) != build.manifest.detectable:
        raise _refused(path, "says that its test set shows more, or less, than it does")
    rows = {row.id: row for split in SPLITS for row in build.rows[split]}
    for prompt in build.manifest.demo:
        row = rows.get(prompt.row)
        if row is None or (row.prompt, row.answer, row.probe) != (
            prompt.prompt,
            prompt.answer,
            prompt.probe,
        ):
            raise _refused(path, f"demonstrates what is no row: {prompt.prompt!r}")


def _check_judges(path: Path, build: Build) -> None:
    """Every judge that rows ask for is listed and installed; reports tell in which version."""
    asked = {judge_name(row.match) for split in SPLITS for row in build.rows[split]} - {None}
    listed = {plugin.name: plugin for plugin in build.manifest.judges}
    if asked != set(listed):
        raise _refused(path, "lists other judges than its rows ask for")
    for name, plugin in listed.items():
        if name not in plugins(GROUP):
            raise RefusedBuild(
                f"{path} has answers judged by {plugin}, which is not installed here.",
                help=f"Install it: pip install {plugin.distribution}=={plugin.version}",
            )


def _split_of(output: Output) -> Split:
    return next(split for split in SPLITS if output.path.endswith(f"/{split}.jsonl"))


def _refused(path: Path, what: str) -> RefusedBuild:
    return RefusedBuild(f"{path} {what}", help=AGAIN)
