"""``engram export``: a trained run in the files of other programs, checked in these."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engram.cli import complete
from engram.cli.examples import examples
from engram.cli.exits import FOUND_ERRORS, OK
from engram.cli.form import FORM, QUIET, print_json, remark
from engram.cli.options import MANIFEST, POSITIVE
from engram.core.exported import QUANTISATIONS, TARGETS, Wish


@click.command(
    epilog=examples(
        "engram export 3f2a --to hf -o capitals",
        "engram export 3f2a --to mlx --adapter -o capitals-adapter",
        "engram export 3f2a --to ollama --quantise q8_0 -o capitals-ollama",
    ),
)
@click.argument("run", metavar="RUN", shell_complete=complete.runs)
@MANIFEST
@click.option("--to", type=click.Choice(TARGETS), required=True, help="What it is for.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="A new folder, an empty one, or an earlier export to replace.",
)
@click.option("--adapter", is_flag=True, help="With --to mlx: the adapter, without the base.")
@click.option(
    "--quantise",
    type=click.Choice(QUANTISATIONS),
    help="The type of the weights; q8_0 and q4_0 for gguf and ollama. [default: the base's]",
)
@click.option("--rows", type=POSITIVE, default=100, show_default=True, help="How many are asked.")
@click.option(
    "--least",
    type=click.FloatRange(0, 1),
    help="The share to be answered as the adapter does. [default: 0.99; q8_0: 0.95; q4_0: 0.9]",
)
@click.option("--unchecked", is_flag=True, help="Ask nothing, and say so in the model card.")
@FORM
@QUIET
def command(run: str, manifest: Path, out: Path, form: str, **wish: Any) -> int:
    """Write the model of RUN, (the start of) the id of a trained run, for other programs.

    hf: a folder for transformers. mlx: one for mlx-lm. peft: the adapter for PEFT. gguf: a file for
    llama.cpp and what is built on it. ollama: that file, with a Modelfile.

    The export is loaded by that program, in a process of its own, and asked rows of the build. It
    has to answer them as the adapter does; otherwise nothing is written and the exit code is 1.
    """
    from functools import partial

    from engram.cli.bars import watcher
    from engram.export import export
    from engram.lab import reopen
    from engram.models import find

    wished = Wish(**wish)
    if wished.unchecked and wished.least is not None:
        raise click.UsageError("--unchecked asks nothing; leave out --least.")
    experiment = reopen(manifest, run, partial(find, reread=True))
    for warning in experiment.backend.warnings:
        click.echo(f"{click.style('warning:', fg='yellow')} {warning}", err=True)
    exported = export(experiment, wished, out, watcher())
    if form == "json":
        from engram.core.printed import ExportedRun

        folder = exported.out if exported.record else None
        print_json(ExportedRun(folder=folder, parity=exported.parity, record=exported.record))
    else:
        _show(exported)
    return OK if exported.record else FOUND_ERRORS


def _show(exported: Any) -> None:
    from engram.report.exported import differing_lines, exported_lines, parity_lines

    parity, record = exported.parity, exported.record
    for line in exported_lines(record, exported.out) if record else parity_lines(parity):
        click.echo(line)
    if parity and parity.differing:
        click.echo("\nanswered otherwise:")
        for line in differing_lines(parity):
            click.echo(line)
    if record is None:
        click.echo(f"\nNothing was written to {exported.out}.", err=True)
    else:
        remark(f"next:     {exported.out / 'README.md'} says how it is loaded")
