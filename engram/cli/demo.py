"""``engram demo``: base and tuned side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engram.cli.options import chosen_experiment, experiment_options, introduce


@click.command(epilog="Example: engram demo --manifest build/manifest.json")
@experiment_options
def command(manifest: Path, run_id: str | None, **flags: Any) -> None:
    """Show what base and tuned say to the prompts that the manifest lists. Nothing is fetched."""
    from engram import lab
    from engram.cli.bars import Bars
    from engram.report.side_by_side import side_by_side

    experiment = chosen_experiment(manifest, run_id, flags)
    introduce(experiment)
    shown = lab.demo(experiment, lab.settings_for(experiment.recipe), Bars())
    click.echo(side_by_side(shown))
