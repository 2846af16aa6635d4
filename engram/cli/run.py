"""``engram run``: train, evaluate base against tuned, show, report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engram.cli.examples import examples
from engram.cli.exits import FOUND_ERRORS, OK
from engram.cli.form import is_quiet, print_json
from engram.cli.gates import GATES, chosen_gates, judged, print_verdicts
from engram.cli.options import OFFLINE, chosen_experiment, experiment_options, introduce
from engram.cli.ranks import RANKS, share
from engram.cli.tracking import MLFLOW


@click.command(
    epilog=examples(
        "engram run --quick",
        "engram run --manifest build/manifest.json --preset generalise",
        "engram run --gate 'recall >= 0.99' --gate 'lower(variant) >= 0.8'",
        "engram run --json > result.json",
    ),
)
@experiment_options
@RANKS
@GATES
@MLFLOW
@OFFLINE
def command(
    manifest: Path,
    run_id: str | None,
    gates: tuple[str, ...],
    uri: str | None,
    offline: bool,
    form: str,
    **flags: Any,
) -> int:
    """Train an adapter on a build, evaluate base against tuned, and show what changed.

    The build is verified first, to the byte. What was computed before is not computed again, and a
    run that was stopped goes on where it was. Gates, of --gate and of [tool.engram] in the
    pyproject.toml above, are judged every time.
    """
    from engram import lab
    from engram.cli.bars import watcher
    from engram.cli.meter import Meter
    from engram.lab.tracking import need_mlflow, tracked
    from engram.models import Model, find, pull

    def fetched(name: str) -> Model:
        with Meter(name) as meter:
            return pull(name, progress=meter.show)

    share(flags, manifest, run_id)
    need_mlflow(uri)
    wanted = chosen_gates(gates, manifest)
    experiment = chosen_experiment(manifest, run_id, flags, find if offline else fetched)
    introduce(experiment)
    watch = watcher()
    with tracked(uri, experiment, watch) as follower:
        lab.train(experiment, watch, follower)
        settings = lab.settings_for(experiment.recipe)
        outcome = lab.evaluate(experiment, settings, watch, follower)
    return concluded(outcome, wanted, form)


def concluded(outcome: Any, gates: Any, form: str) -> int:
    """Print what a run found and how its gates came out; the exit code that they mean."""
    verdicts = judged(outcome.report, gates)
    if form == "json":
        from engram.core.printed import Evaluated

        report, folder = outcome.report, outcome.folder
        print_json(
            Evaluated(
                run_id=report.chain.run_id,
                folder=folder,
                files=outcome.files,
                report=report,
                gates=verdicts,
            )
        )
    else:
        _show(outcome)
        print_verdicts(verdicts)
    return OK if all(verdict.met for verdict in verdicts) else FOUND_ERRORS


def _show(outcome: Any) -> None:
    """Print a few answers before and after, the table, and where the files are."""
    from engram.report.side_by_side import side_by_side
    from engram.report.table import summary_table

    if outcome.report.demo and not is_quiet():
        click.echo("\n" + side_by_side(outcome.report.demo) + "\n")
    click.echo(summary_table(outcome.report))
    if not is_quiet():
        click.echo()
        for path in outcome.files:
            click.echo(f"written: {path}")
        click.echo(f"adapter: {outcome.folder / 'adapter'}")
