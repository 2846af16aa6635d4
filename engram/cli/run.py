"""``engram run``: train, evaluate base against tuned, show, report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from engram.cli.gates import GATES, chosen_gates, judged
from engram.cli.options import OFFLINE, chosen_experiment, experiment_options, introduce
from engram.cli.tracking import MLFLOW


@click.command(epilog="Example: engram run --manifest build/manifest.json --quick")
@experiment_options
@GATES
@MLFLOW
@OFFLINE
def command(
    manifest: Path,
    run_id: str | None,
    gates: tuple[str, ...],
    uri: str | None,
    offline: bool,
    **flags: Any,
) -> int:
    """Train an adapter on a build, evaluate base against tuned, and show what changed.

    The build is verified first, to the byte. What was computed before is not computed again, and a
    run that was stopped goes on where it was. Gates, of --gate and of [tool.engram] in the
    pyproject.toml above, are judged every time.
    """
    from engram import lab
    from engram.cli.bars import Bars
    from engram.cli.meter import Meter
    from engram.lab.tracking import need_mlflow, tracked
    from engram.models import Model, find, pull

    def fetched(name: str) -> Model:
        with Meter(name, sys.stderr) as meter:
            return pull(name, progress=meter.show)

    need_mlflow(uri)
    wanted = chosen_gates(gates, manifest)
    experiment = chosen_experiment(manifest, run_id, flags, find if offline else fetched)
    introduce(experiment)
    bars = Bars()
    with tracked(uri, experiment, bars) as follower:
        lab.train(experiment, bars, follower)
        settings = lab.settings_for(experiment.recipe)
        outcome = lab.evaluate(experiment, settings, bars, follower)
    show(outcome)
    return judged(outcome.report, wanted)


def show(outcome: Any) -> None:
    """Print a few answers before and after, the table, and where the files are."""
    from engram.report.side_by_side import side_by_side
    from engram.report.table import summary_table

    if outcome.report.demo:
        click.echo("\n" + side_by_side(outcome.report.demo) + "\n")
    click.echo(summary_table(outcome.report))
    click.echo()
    for path in outcome.files:
        click.echo(f"written: {path}")
    click.echo(f"adapter: {outcome.folder / 'adapter'}")
