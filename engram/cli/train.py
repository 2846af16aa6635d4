"""``engram train``: train an adapter on a build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engram.cli.examples import examples
from engram.cli.form import is_quiet, print_json
from engram.cli.options import chosen_experiment, experiment_options, introduce
from engram.cli.ranks import RANKS, share
from engram.cli.tracking import MLFLOW


@click.command(
    epilog=examples(
        "engram train --epochs 4 --rank 8",
        "engram train --method dora --backend torch --precision float32",
        "engram train --ranks 2",
    ),
)
@experiment_options
@RANKS
@MLFLOW
def command(manifest: Path, run_id: str | None, uri: str | None, form: str, **flags: Any) -> None:
    """Train an adapter on every row of a build's train.jsonl. Nothing is fetched."""
    from engram import lab
    from engram.cli.bars import watcher
    from engram.lab.tracking import need_mlflow, tracked

    share(flags, manifest, run_id)
    need_mlflow(uri)
    experiment = chosen_experiment(manifest, run_id, flags)
    introduce(experiment)
    watch = watcher()
    with tracked(uri, experiment, watch) as follower:
        training = lab.train(experiment, watch, follower)
    if form == "json":
        from engram.core.printed import Trained

        print_json(Trained(run_id=experiment.run_id, adapter=experiment.adapter, training=training))
    elif not is_quiet():
        _show(training)
        click.echo(f"adapter: {experiment.adapter}")
        click.echo(f"next:    engram eval --manifest {manifest} --run {experiment.run_id}")


def _show(training: Any) -> None:
    for point in training.curve:
        valid = "" if point.valid_loss is None else f", valid loss {point.valid_loss:.3f}"
        click.echo(
            f"epoch {point.epoch}: loss {point.loss:.3f}, {point.recall:.1%} of rows exact{valid}"
        )
    rate = training.tokens / training.seconds
    click.echo(
        f"{training.steps} steps in {training.seconds:.1f} s ({rate:.0f} tokens/s), "
        f"{training.parameters:,} parameters trained"
    )
