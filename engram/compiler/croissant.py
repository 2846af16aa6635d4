"""Croissant metadata: what a build is, for every tool that reads that format (version 1.0).

https://docs.mlcommons.org/croissant/docs/croissant-spec.html. The sizes and digests of the files
stand in it, and readers refuse files that differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from engram.compiler.card import LISTS, TEXTS, licences, split_of, title
from engram.compiler.seal import BLANK, sealed
from engram.core.build import Manifest, Output
from engram.core.corpus import CorpusFields

CROISSANT_NAME = "croissant.json"

_SPDX = re.compile(r"[A-Za-z0-9.+-]+")
# The context that the specification gives (appendix 1), key by key.
_TERMS = (
    "citeAs column equivalentProperty extract field fileProperty fileObject fileSet format "
    "includes isLiveDataset jsonPath key md5 parentField path recordSet references regex "
    "repeated replace samplingRate separator source subField transform"
)
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "conformsTo": "dct:conformsTo",
} | {name: f"cr:{name}" for name in _TERMS.split()}


def croissant_bytes(manifest: Manifest, corpora: Sequence[CorpusFields]) -> bytes:
    """The Croissant file of a build."""
    dates = [corpus.published for corpus in corpora if corpus.published]
    document = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": title(corpora),
        "description": "\n".join(f"{corpus.name}: {corpus.description}" for corpus in corpora),
        # The format of the rows as a version, and what they are as its build (semver.org, 10).
        "version": f"{manifest.manifest_version}.0.0+{manifest.build_id}",
        "citeAs": _citation(manifest, corpora),
        "license": [_licence(name) for name in licences(corpora)],
        "datePublished": max(dates, default=""),
        "distribution": [_file(output) for output in manifest.outputs],
        "recordSet": [_records(output) for output in manifest.outputs],
        "identifier": BLANK,
    }
    told = {key: value for key, value in document.items() if value}
    return sealed(json.dumps(told, indent=2) + "\n", CROISSANT_NAME)


def _citation(manifest: Manifest, corpora: Sequence[CorpusFields]) -> str:
    key, note = f"engram_{manifest.build_id[:16]}", f"engram build {manifest.build_id}"
    return f"@misc{{{key}, title = {{{title(corpora)}}}, note = {{{note}}}}}"


def _licence(name: str) -> str:
    return f"https://spdx.org/licenses/{name}" if _SPDX.fullmatch(name) else name


def _file(output: Output) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": f"{split_of(output)}.jsonl",
        "name": f"{split_of(output)}.jsonl",
        "contentUrl": output.path,
        "contentSize": f"{output.bytes} B",
        "encodingFormat": "application/jsonlines",
        "sha256": output.sha256,
    }


def _records(output: Output) -> dict[str, Any]:
    split = split_of(output)
    return {
        "@type": "cr:RecordSet",
        "@id": split,
        "name": split,
        "description": f"The {output.rows} rows of {split}.",
        "field": [
            _messages(split),
            *(_field(split, name) for name in TEXTS),
            *(_field(split, name) | {"repeated": True} for name in LISTS),
        ],
    }


def _messages(split: str) -> dict[str, Any]:
    turns = [
        _field(split, "messages", f"/{name}", {"transform": {"jsonPath": f"$.{name}"}})
        for name in ("role", "content")
    ]
    name = f"{split}/messages"
    return {"@type": "cr:Field", "@id": name, "name": name, "repeated": True, "subField": turns}


def _field(
    split: str, column: str, part: str = "", source: dict[str, Any] | None = None
) -> dict[str, Any]:
    name = f"{split}/{column}{part}"
    origin = {"fileObject": {"@id": f"{split}.jsonl"}, "extract": {"column": column}}
    return {
        "@type": "cr:Field",
        "@id": name,
        "name": name,
        "dataType": "sc:Text",
        "source": origin | (source or {}),
    }
