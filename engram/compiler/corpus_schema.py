"""The JSON Schema of a corpus, generated from its model."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from engram.core.corpus import Corpus

NAME = "corpus.v1.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def corpus_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a corpus document."""
    schema = Corpus.model_json_schema(by_alias=True)
    return {"$schema": DIALECT, **schema, "title": "engram corpus, schema version 1"}


def schema_bytes() -> bytes:
    """The schema as the file that is published."""
    return (json.dumps(corpus_schema(), indent=2, ensure_ascii=True) + "\n").encode("ascii")
