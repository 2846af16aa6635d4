"""``engram eval --compare``: what flipped from one run to another."""

from __future__ import annotations

from pathlib import Path

import click

from engram.cli.form import print_json


def show_compared(runs: tuple[str, str], manifest: Path, form: str) -> None:
    """Print what flipped between two runs that are evaluated. No model is needed."""
    from engram.lab.compare import compare
    from engram.lab.evaluated import difference_of, evaluated
    from engram.report.flips import compared_text

    a, b = (evaluated(run, manifest) for run in runs)
    compared = compare(a.report, b.report, difference_of(a, b))
    if form == "json":
        print_json(compared)
    else:
        click.echo(compared_text(compared))
