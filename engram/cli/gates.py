"""What ``run`` and ``eval`` do about gates: read them first, judge them last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

GATES = click.option(
    "--gate",
    "gates",
    metavar="EXPR",
    multiple=True,
    help="Exit with 1 unless it holds, such as 'recall >= 0.99'. Repeatable.",
)


def chosen_gates(flags: Sequence[str], manifest: Path) -> Any:
    """The gates of the flags, and those that the project sets for other figures.

    Raises EngramError for all that mean nothing, before anything is trained.
    """
    from engram.compiler.settings import gates_for
    from engram.compiler.verify import read_manifest
    from engram.lab.gates import Stated, overridden, parse

    flagged = [Stated(text, "--gate") for text in flags]
    project = [Stated(*one) for one in gates_for(Path())]
    if not flagged and not project:
        return ()
    categories = {count.category for count in read_manifest(manifest).counts}
    parse([*project, *flagged], categories)
    return overridden(by=parse(flagged, categories), gates=parse(project, categories))


def judged(report: Any, gates: Any) -> tuple[Any, ...]:
    """How each gate came out for a report."""
    if not gates:
        return ()
    from engram.lab.gates import judge

    return tuple(judge(report, gates))


def print_verdicts(verdicts: Sequence[Any]) -> None:
    """Print how gates came out, if there are any."""
    if verdicts:
        from engram.report.screen import Screen
        from engram.report.verdicts import verdicts_table

        click.echo("\n" + verdicts_table(verdicts, Screen.here()))
