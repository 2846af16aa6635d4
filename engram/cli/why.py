"""``engram why``: why a pattern is where it is."""

from __future__ import annotations

from pathlib import Path

import click

from engram.cli.examples import examples
from engram.cli.form import FORM, print_json
from engram.cli.options import MANIFEST


@click.command(
    epilog=examples(
        "engram why corpora/facts.yaml:24",
        "engram why capital-france --json",
    ),
)
@click.argument("name", metavar="ID")
@MANIFEST
@FORM
def command(name: str, manifest: Path, form: str) -> None:
    """Say why a pattern is in its group and split, what is asked of it, and what is near it.

    ID is the id or key of a pattern or the start of it, FILE:LINE of its place in the corpora, or
    one of its prompts. Only the build is read.
    """
    from engram.compiler import verify_build
    from engram.compiler.why import why
    from engram.report.explanation import explanation_text

    explanation = why(verify_build(manifest), name)
    if form == "json":
        print_json(explanation)
    else:
        click.echo(explanation_text(explanation))
