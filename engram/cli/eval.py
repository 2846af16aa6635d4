"""``engram eval``: evaluate base against tuned and write the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engram.cli.gates import GATES, chosen_gates, judged
from engram.cli.options import chosen_experiment, experiment_options, introduce
from engram.cli.run import show


@click.command(epilog="Example: engram eval --run 3f2a")
@experiment_options
@GATES
def command(manifest: Path, run_id: str | None, gates: tuple[str, ...], **flags: Any) -> int:
    """Evaluate a trained adapter against its base and write the report. Nothing is fetched.

    Gates, of --gate and of [tool.engram] in the pyproject.toml above, are judged every time.
    """
    from engram import lab
    from engram.cli.bars import Bars

    wanted = chosen_gates(gates, manifest)
    experiment = chosen_experiment(manifest, run_id, flags)
    introduce(experiment)
    outcome = lab.evaluate(experiment, lab.settings_for(experiment.recipe), Bars())
    show(outcome)
    return judged(outcome.report, wanted)
