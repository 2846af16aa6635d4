"""``engram eval``: evaluate base against tuned and write the report, or compare two reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engram.cli import complete
from engram.cli.examples import examples
from engram.cli.gates import GATES, chosen_gates
from engram.cli.options import chosen_experiment, experiment_options, given, introduce
from engram.cli.ranks import RANKS, share
from engram.cli.run import concluded
from engram.cli.tracking import MLFLOW


@click.command(
    epilog=examples(
        "engram eval --run 3f2a --gate 'recall >= 0.99'",
        "engram eval --compare 3f2a 9c41",
    ),
)
@experiment_options
@RANKS
@GATES
@MLFLOW
@click.option(
    "--compare",
    nargs=2,
    metavar="RUN_A RUN_B",
    shell_complete=complete.runs,
    help="Say what flipped from one run to another. Each is the start of an id, or a folder.",
)
def command(
    manifest: Path,
    run_id: str | None,
    gates: tuple[str, ...],
    uri: str | None,
    compare: tuple[str, str] | None,
    form: str,
    **flags: Any,
) -> int:
    """Evaluate a trained adapter against its base and write the report. Nothing is fetched.

    Gates, of --gate and of [tool.engram] in the pyproject.toml above, are judged every time.

    With --compare, two reports that are there already are compared on the rows that both adapters
    were asked, as text or JSON; no model is loaded. A run may be the start of its id, its folder or
    its report.json, and of another build.
    """
    if compare:
        _check_alone(
            ["--run"] * bool(run_id)
            + ["--gate"] * bool(gates)
            + ["--mlflow"] * bool(uri)
            + given(flags)
        )
        from engram.cli.compare import show_compared

        show_compared(compare, manifest, form)
        return 0
    return _evaluate(manifest, run_id, gates, uri, form, flags)


def _evaluate(
    manifest: Path,
    run_id: str | None,
    gates: tuple[str, ...],
    uri: str | None,
    form: str,
    flags: dict[str, Any],
) -> int:
    from engram import lab
    from engram.cli.bars import watcher
    from engram.lab.tracking import need_mlflow, tracked

    share(flags, manifest, run_id)
    need_mlflow(uri)
    wanted = chosen_gates(gates, manifest)
    experiment = chosen_experiment(manifest, run_id, flags)
    introduce(experiment)
    watch, settings = watcher(), lab.settings_for(experiment.recipe)
    with tracked(uri, experiment, watch) as follower:
        outcome = lab.evaluate(experiment, settings, watch, follower)
    return concluded(outcome, wanted, form)


def _check_alone(others: list[str]) -> None:
    if others:
        raise click.UsageError(f"--compare evaluates nothing; leave out {', '.join(others)}.")
