"""The JSON Schema of what commands print with ``--json``.

``python -m engram.cli.schema [--check] [FILE]`` writes it. Each command has its schema under
``$defs``, by its name: ``output.v1.json#/$defs/runs-show`` is that of ``engram runs show --json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from engram.core import printed
from engram.core.compared import Compared
from engram.core.difference import Difference
from engram.core.explanation import Explanation
from engram.core.kept import KeptRun, RunDetails
from engram.report.generated import generator
from engram.report.schema import DIALECT

NAME = "output.v1.json"
PRINTED: dict[str, Any] = {
    "init": printed.Written,
    "import": printed.ImportedRows,
    "validate": printed.Validated,
    "explain": tuple[printed.RuleEntry, ...],
    "explain-rule": printed.RulePage,
    "compile": printed.CompiledBuild,
    "why": Explanation,
    "diff": Difference,
    "run": printed.Evaluated,
    "train": printed.Trained,
    "eval": printed.Evaluated,
    "eval-compare": Compared,
    "demo": printed.Demonstrated,
    "export": printed.ExportedRun,
    "runs": tuple[KeptRun, ...],
    "runs-list": tuple[KeptRun, ...],
    "runs-show": RunDetails,
    "runs-remove": printed.RemovedRuns,
    "models": tuple[printed.ListedModel, ...],
    "models-pull": printed.ModelHere,
    "models-verify": printed.ModelHere,
    "models-path": printed.ModelHere,
    "models-remove": printed.RemovedModel,
    "doctor": printed.Machine,
}


def output_schema() -> dict[str, Any]:
    """The schema, generated from the nouns that commands print."""
    adapters = [(name, "serialization", TypeAdapter(kind)) for name, kind in PRINTED.items()]
    schemas, shared = TypeAdapter.json_schemas(adapters)  # type: ignore[arg-type]
    commands = {name: schema for (name, _), schema in schemas.items()}
    title = "What engram prints with --json, command by command"
    return {"$schema": DIALECT, "title": title, "$defs": {**commands, **shared.get("$defs", {})}}


def schema_text() -> str:
    """The schema as it stands in ``schemas/``."""
    return json.dumps(output_schema(), indent=2) + "\n"


PLACE = Path("schemas") / NAME
main = generator("engram.cli.schema", "the JSON Schema of what commands print", PLACE, schema_text)

if __name__ == "__main__":
    main()
