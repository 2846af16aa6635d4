"""The JSON Schema of report.json: ``python -m engram.report.schema [--check] [FILE]``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from engram.core.results import REPORT_VERSION, Report

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAME = f"report.v{REPORT_VERSION}.json"


def report_schema() -> dict[str, Any]:
    """The schema, generated from the model, so that the two cannot disagree."""
    return {"$schema": DIALECT, **Report.model_json_schema(mode="serialization")}


def schema_text() -> str:
    """The schema as it stands in ``schemas/``."""
    return json.dumps(report_schema(), indent=2) + "\n"


@click.command()
@click.option(
    "--check", is_flag=True, help="Write nothing; exit with 1 if the file is out of date."
)
@click.argument("file", type=click.Path(path_type=Path), default=Path("schemas") / NAME)
def main(check: bool, file: Path) -> None:
    """Write the JSON Schema of report.json to FILE."""
    if not check:
        file.write_text(schema_text(), encoding="utf-8", newline="\n")
    elif not file.is_file() or file.read_text(encoding="utf-8") != schema_text():
        raise click.ClickException(f"{file} is out of date: run python -m engram.report.schema")


if __name__ == "__main__":
    main()
