"""Pass 7: prompts become rows, and rows the bytes of a build. ``publish`` puts them on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engram import __version__
from engram.compiler.card import CARD_NAME, card_bytes, data_card_bytes
from engram.compiler.croissant import CROISSANT_NAME, croissant_bytes
from engram.compiler.demo import demo_prompts
from engram.compiler.documents import SourceFile
from engram.compiler.normal import UNICODE
from engram.compiler.power import detectable
from engram.compiler.proof import count, prove
from engram.compiler.rows import MadeRow, MadeSite, dump_rows, dump_sites, row_of, site_of
from engram.compiler.split import seats_of
from engram.compiler.state import State
from engram.core.build import (
    SPLITS,
    Manifest,
    Options,
    Output,
    Source,
    Split,
)
from engram.core.judges import judges_of
from engram.files.canonical import canonical, digest, digest_of


@dataclass(frozen=True, slots=True)
class Artifacts:
    """A build in memory: its manifest, and its files by their paths in the build folder.

    Besides what the manifest lists, these are the cards and the Croissant file, for other tools.
    """

    manifest: Manifest
    files: dict[str, bytes]


def emit(state: State, options: Options) -> Artifacts:
    """The build that the state describes."""
    if state.search is None:
        raise ValueError("there are no groups yet")
    rows = _rows(state)
    sites = {site.pattern: site for site in _sites(state)}
    files = {f"{name}.jsonl": dump_rows(rows[name]) for name in SPLITS if rows[name]}
    data = data_digest({name: digest(content) for name, content in files.items()})
    where = dump_sites(sites.values())
    outputs = tuple(_output(f"data/{data}/{name}", content) for name, content in files.items())
    manifest = Manifest(
        engram=__version__,
        build_id="",
        data=data,
        options=options,
        unicode=UNICODE,
        sources=_sources(state),
        lock=digest(state.renewed.text),
        outputs=outputs,
        patterns=_output(f"patterns/{digest(where)}.jsonl", where),
        counts=count(rows, sites),
        detectable=detectable(rows, sites),
        leak_proof=prove(rows, sites, state.search),
        demo=demo_prompts(state.corpora, rows, options.seed),
        judges=judges_of(row.match for name in SPLITS for row in rows[name]),
    )
    manifest = manifest.model_copy(update={"build_id": build_id(manifest)})
    contents = dict(zip((output.path for output in outputs), files.values(), strict=True))
    corpora = sorted((home.corpus for home in state.corpora), key=lambda corpus: corpus.name)
    return Artifacts(
        manifest,
        contents
        | {
            manifest.patterns.path: where,
            f"{manifest.data_folder}/{CARD_NAME}": data_card_bytes(manifest),
            CARD_NAME: card_bytes(manifest, corpora),
            CROISSANT_NAME: croissant_bytes(manifest, corpora),
        },
    )


def data_digest(files: dict[str, str]) -> str:
    """The digest of the row files: of their names and digests."""
    return digest_of(files)


def build_id(manifest: Manifest) -> str:
    """The digest of everything in the manifest but the build id itself."""
    return digest_of({key: value for key, value in _plain(manifest).items() if key != "build_id"})


def manifest_bytes(manifest: Manifest) -> bytes:
    """The manifest as it is written: canonical JSON."""
    return canonical(_plain(manifest))


def _rows(state: State) -> dict[Split, list[MadeRow]]:
    # Rows are named by digests: in their order they look shuffled, and always in the same way.
    rows: dict[Split, list[MadeRow]] = {name: [] for name in SPLITS}
    for seat in seats_of(state):
        rows[seat.split].append(row_of(seat))
    for of_one in rows.values():
        of_one.sort(key=lambda row: row.id)
    return rows


def _sites(state: State) -> Iterator[MadeSite]:
    for group in state.groups:
        speakers = {entry.key: entry for entry in group.entries}
        speakers.update((phrase.entry.key, phrase.entry) for phrase in group.phrases)
        for entry in speakers.values():
            yield site_of(entry, group.key, state.places[group.key], state.ties.get(entry.key))


def _plain(manifest: Manifest) -> dict[str, Any]:
    plain = manifest.model_dump(mode="json")
    # The build of corpora that engram judges itself depends on no other distribution, so that it
    # is the same whether or not there are any.
    return plain if manifest.judges else {k: v for k, v in plain.items() if k != "judges"}


def _output(path: str, content: bytes) -> Output:
    return Output(path=path, bytes=len(content), rows=content.count(b"\n"), sha256=digest(content))


def _sources(state: State) -> tuple[Source, ...]:
    # By path, since two corpora may share a table.
    found = {part.file.path: part for home in state.corpora for part in home.document.sources}
    return tuple(_source(found[path]) for path in sorted(found))


def _source(part: SourceFile) -> Source:
    return Source(path=part.file.path, bytes=part.bytes, sha256=part.sha256, content=part.content)
