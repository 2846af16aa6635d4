"""``engram runs``: list the runs of a build, show one, remove some."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from engram.cli import complete
from engram.cli.examples import examples
from engram.cli.form import FORM, QUIET, print_json, remark
from engram.cli.options import MANIFEST, POSITIVE

YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group(
    invoke_without_command=True,
    epilog=examples(
        "engram runs",
        "engram runs show 3f2a",
        "engram runs --manifest other/manifest.json remove --stale",
    ),
)
@MANIFEST
@FORM
@click.pass_context
def command(context: click.Context, /, manifest: Path, form: str) -> None:
    """List the runs of a build, newest first, show one, or remove some.

    Only the folder of the build is read; no model is needed.
    """
    if context.invoked_subcommand is None:
        show_list(manifest, form)


@command.command(
    "list",
    epilog=examples(
        "engram runs list --manifest build/manifest.json",
        "engram runs list --json",
    ),
)
@MANIFEST
@FORM
def list_(manifest: Path, form: str) -> None:
    """List the runs of a build, newest first: how each stands, what it scored, its size."""
    show_list(_above("manifest", manifest), form)


@command.command(
    epilog=examples(
        "engram runs show 3f2a",
        "engram runs show 3f2a --json",
    ),
)
@click.argument("run", metavar="ID", shell_complete=complete.runs)
@MANIFEST
@FORM
def show(run: str, manifest: Path, form: str) -> None:
    """Show one run: its recipe, how training went, what it scored, and its files."""
    from engram.report.kept import details_text

    runs = _runs(_above("manifest", manifest))
    details, report = runs.details(*runs.named([run]))
    if form == "json":
        print_json(details)
    else:
        click.echo(details_text(details, report, time.time()))


@command.command(
    epilog=examples(
        "engram runs remove 3f2a 9c41",
        "engram runs remove --all-but 3 --yes",
    ),
)
@click.argument("ids", metavar="ID...", nargs=-1, shell_complete=complete.runs)
@click.option("--all-but", type=POSITIVE, metavar="N", help="All but the newest N runs.")
@click.option("--stale", is_flag=True, help="Runs that were trained on an older build.")
@YES
@MANIFEST
@FORM
@QUIET
def remove(
    ids: tuple[str, ...], all_but: int | None, stale: bool, yes: bool, manifest: Path, form: str
) -> None:
    """Remove runs, by the start of their ids, by age, or because their build is gone.

    A run that another engram works on is left.
    """
    if form == "json" and not yes:
        raise click.UsageError("A program is not asked: say --yes with --json.")
    if not (ids or all_but or stale):
        raise click.UsageError("Name the runs to remove, or say --all-but N or --stale.")
    runs = _runs(_above("manifest", manifest))
    chosen = {run.id: run for run in runs.named(ids)}
    chosen |= {run.id: run for run in (runs.all[all_but:] if all_but else ())}
    chosen |= {run.id: run for run in (runs.stale() if stale else ())}
    if form == "text" and not chosen:
        remark("There is nothing to remove.")
    elif yes or _agreed(list(chosen.values())):
        _remove(runs, list(chosen.values()), form)
    else:
        click.echo("Nothing was removed.")


def show_list(manifest: Path, form: str) -> None:
    """Print the runs of the build that ``manifest`` locks."""
    from engram.report.kept import runs_table

    runs = _runs(manifest)
    if form == "json":
        print_json(runs.all)
    elif runs.all:
        click.echo(runs_table(runs.all, time.time()))
    else:
        click.echo(f"There are no runs in {runs.folder}: engram run --manifest {manifest}")


def _runs(manifest: Path) -> Any:
    from engram.lab.runs import Runs

    return Runs(manifest)


def _above(name: str, own: Any) -> Any:
    """An option of ``engram runs`` that stands before the name of the subcommand, if it does."""
    context = click.get_current_context()
    parent = context.parent
    if parent is None or context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
        return own
    return parent.params.get(name, own)


def _agreed(runs: Sequence[Any]) -> bool:
    from engram.report.kept import runs_table

    click.echo(runs_table(runs, time.time()) + "\n")
    return click.confirm("Remove this for good?" if len(runs) == 1 else "Remove these for good?")


def _remove(runs: Any, chosen: Sequence[Any], form: str) -> None:
    from engram.core.errors import EngramError
    from engram.core.printed import RemovedRuns
    from engram.report.text import counted
    from engram.report.units import size

    left = tuple(sorted(run.id for run in runs.remove(chosen)))
    gone = [run for run in chosen if run.id not in left]
    freed = sum(run.bytes for run in gone)
    if form == "json":
        print_json(RemovedRuns(removed=tuple(run.id for run in gone), left=left, bytes=freed))
    else:
        remark(f"{counted(len(gone), 'run')} removed, {size(freed)}.")
    if left:
        raise EngramError(
            f"Another engram works on {', '.join(left)}, which was left as it is.",
            help="Wait for it, or stop it, and remove the run then.",
        )
