"""``engram diff``: how two builds differ."""

from __future__ import annotations

from pathlib import Path

import click

from engram.cli.examples import examples
from engram.cli.exits import FOUND_ERRORS, OK
from engram.cli.form import FORM, print_json

BUILD = click.Path(path_type=Path)


@click.command(
    epilog=examples(
        "engram diff old/manifest.json build/manifest.json",
        "engram diff old build --exit-code",
    ),
)
@click.argument("old", type=BUILD)
@click.argument("new", type=BUILD)
@click.option("--exit-code", is_flag=True, help="Exit with 1 if anything differs.")
@FORM
def command(old: Path, new: Path, exit_code: bool, form: str) -> int:
    """Say which patterns came, went, changed or moved from one build to another.

    OLD and NEW are manifests, or the folders of builds; both builds are verified first. Patterns
    are compared by their keys: one without an id that is reworded went, and another came.
    """
    from engram.compiler import verify_build
    from engram.compiler.difference import difference
    from engram.report.difference import difference_text

    found = difference(verify_build(old), verify_build(new))
    if form == "json":
        print_json(found)
    else:
        click.echo(difference_text(found))
    return FOUND_ERRORS if exit_code and not found.is_empty else OK
