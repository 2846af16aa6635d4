"""``engram init``: a project that someone can start from."""

from __future__ import annotations

from pathlib import Path

import click

from engram.cli.examples import examples
from engram.cli.form import FORM, QUIET, print_json, remark


@click.command(
    epilog=examples(
        "engram init my-patterns",
        "engram init --quiet my-patterns && cd my-patterns",
    ),
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@FORM
@QUIET
def command(folder: Path, form: str) -> None:
    """Write a project into DIR: a corpus, its schema, settings, a hook and a workflow.

    If any of its files is there already, nothing is written.
    """
    from engram.compiler.starter import write_starter

    written = write_starter(folder)
    if form == "json":
        from engram.core.printed import Written

        print_json(Written(written=tuple(written)))
        return
    for path in written:
        remark(f"written:   {path}")
    enter = "" if folder == Path() else f"cd {folder} && "
    remark(f"next:      {enter}engram compile corpora")
