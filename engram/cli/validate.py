"""``engram validate``: check corpora and say everything that is wrong with them."""

from __future__ import annotations

from pathlib import Path

import click

from engram.cli.findings import FORMAT, IGNORE, SELECT, STRICT, config_for, findings_in, outcome


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@FORMAT
@SELECT
@IGNORE
@STRICT
def command(
    paths: tuple[Path, ...],
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
) -> int:
    """Check the corpora in PATHS (files or folders; by default the folder `corpora`).

    Every finding has a place, a code and advice; `engram explain CODE` says more. Exits with 1 if
    one of them is an error.
    """
    from engram.compiler import inspect
    from engram.report.findings.counts import Looked, closing_line

    paths = paths or (Path("corpora"),)
    seen = inspect(paths, config_for(paths, select, ignore))
    looked = Looked(seen.files, seen.patterns)
    if form == "json":
        from engram.report.findings.plain_json import as_json

        click.echo(as_json(seen.findings, looked))
    else:
        click.echo(findings_in(form, seen.findings), nl=False)
        if form == "text" and seen.findings:
            click.echo("`engram explain CODE` says more about a finding.")
        if form != "sarif":
            click.echo(closing_line(seen.findings, looked))
    return outcome(seen.findings, strict=strict)
