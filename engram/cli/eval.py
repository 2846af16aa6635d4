"""``engram eval``: evaluate base against tuned and write the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engram.cli.options import chosen_experiment, experiment_options, introduce
from engram.cli.run import show


@click.command(epilog="Example: engram eval --run 3f2a")
@experiment_options
def command(manifest: Path, run_id: str | None, **flags: Any) -> None:
    """Evaluate a trained adapter against its base and write the report. Nothing is fetched."""
    from engram import lab
    from engram.cli.bars import Bars

    experiment = chosen_experiment(manifest, run_id, flags)
    introduce(experiment)
    show(lab.evaluate(experiment, lab.settings_for(experiment.recipe), Bars()))
