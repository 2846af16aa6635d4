"""The JSON Schema of report.json: ``python -m engram.report.schema [--check] [FILE]``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engram.core.results import REPORT_VERSION, Report
from engram.report.generated import generator

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAME = f"report.v{REPORT_VERSION}.json"


def report_schema() -> dict[str, Any]:
    """The schema, generated from the model, so that the two cannot disagree."""
    return {"$schema": DIALECT, **Report.model_json_schema(mode="serialization")}


def schema_text() -> str:
    """The schema as it stands in ``schemas/``."""
    return json.dumps(report_schema(), indent=2) + "\n"


main = generator(
    "engram.report.schema", "the JSON Schema of report.json", Path("schemas") / NAME, schema_text
)

if __name__ == "__main__":
    main()
