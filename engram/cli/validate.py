"""``engram validate``: check corpora and say everything that is wrong with them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from engram.cli.exits import FOUND_ERRORS, OK
from engram.core.finding import Finding, errors_in


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For a person, or for a program.",
)
@click.option("--strict", is_flag=True, help="Let warnings fail, too.")
def command(paths: tuple[Path, ...], form: str, strict: bool) -> int:
    """Check the corpora in PATHS (files or folders; by default the folder `corpora`).

    Every finding has a place, a code and advice. Exits with 1 if one of them is an error.
    """
    from engram.compiler import inspect
    from engram.report.findings import Looked, as_json, closing_line

    seen = inspect(paths or (Path("corpora"),))
    looked = Looked(seen.files, seen.patterns)
    if form == "json":
        click.echo(as_json(seen.findings, looked))
    else:
        print_findings(seen.findings)
        click.echo(closing_line(seen.findings, looked))
    return outcome(seen.findings, strict=strict)


def print_findings(findings: Sequence[Finding]) -> None:
    """Print findings for a person, in colour on a terminal."""
    from engram.report.findings import as_text

    click.echo(as_text(findings, colour=sys.stdout.isatty()), nl=False)


def outcome(findings: Sequence[Finding], *, strict: bool) -> int:
    """The exit code that findings mean."""
    failed = findings if strict else errors_in(findings)
    return FOUND_ERRORS if failed else OK
