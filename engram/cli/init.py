"""``engram init``: a project that someone can start from."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def command(folder: Path) -> None:
    """Write a project into DIR: a corpus, its schema, settings, a hook and a workflow.

    If any of its files is there already, nothing is written.
    """
    from engram.compiler.starter import write_starter

    for path in write_starter(folder):
        click.echo(f"written:   {path}")
    click.echo(f"next:      cd {folder} && engram compile corpora")
