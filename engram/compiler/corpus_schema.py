"""The JSON Schemas of what authors write, generated from the models."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from engram.core.corpus import Corpus, CorpusFields, Pattern
from engram.core.noun import Noun

SCHEMAS: dict[str, type[Noun]] = {
    "corpus.v1.json": Corpus,
    "corpus-fields.v1.json": CorpusFields,
    "pattern.v1.json": Pattern,
}
_TITLES: dict[type[Noun], str] = {
    Corpus: "engram corpus",
    CorpusFields: "The fields of an engram corpus whose patterns are JSON lines",
    Pattern: "engram pattern, one of the JSON lines of a corpus",
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def schema_of(model: type[Noun]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what a model takes."""
    schema = model.model_json_schema(by_alias=True)
    return {
        "$schema": DIALECT,
        **schema,
        "title": f"{_TITLES.get(model, model.__name__)}, schema version 1",
    }


def schema_files() -> dict[str, bytes]:
    """The schemas as the files that are published, by name."""
    return {
        name: (json.dumps(schema_of(model), indent=2, ensure_ascii=True) + "\n").encode("ascii")
        for name, model in SCHEMAS.items()
    }
