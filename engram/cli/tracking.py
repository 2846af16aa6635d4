"""The option that sends runs to MLflow."""

from __future__ import annotations

import click

MLFLOW = click.option(
    "--mlflow",
    "uri",
    metavar="URI",
    help="Also show the run in MLflow, at the URI of a server or a folder.",
)
