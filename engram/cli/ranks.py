"""``--ranks``: one command as several processes that share its work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

RANKS = click.option(
    "--ranks",
    type=click.IntRange(min=1),
    help="Processes on this machine that share the rows and the cores. [default: 1]",
)


def share(flags: dict[str, Any], manifest: Path, run_id: str | None) -> None:
    """Take ``ranks`` out of the flags; start them in place of this process, unless it is one.

    Ends the command with the exit code of the first.
    """
    from engram.backends.ranks import launched_for
    from engram.runtime.launcher import follow_launcher, launch

    ranks = flags.pop("ranks") or 1
    if follow_launcher() or ranks == 1:
        return
    if launched_for() is not None:
        raise click.UsageError("This process is one of several ranks already; leave out --ranks.")
    command = [sys.executable, "-m", "engram", *sys.argv[1:]]
    code, failed = launch(ranks, command, _backend(flags["backend"], manifest, run_id))
    for line in failed:
        click.echo(line, err=True)
    raise click.exceptions.Exit(code)


def _backend(asked: str, manifest: Path, run_id: str | None) -> str:
    """The name of the backend that the command will use."""
    from engram.backends.choice import AUTO, chosen
    from engram.lab.record import find_run, read_origin

    if asked == AUTO and run_id is not None:
        return read_origin(find_run(manifest.parent / "runs", run_id))[0]
    return chosen(asked).name
