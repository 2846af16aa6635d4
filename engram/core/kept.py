"""Runs that a build keeps: what each is, how far it came, and what it costs to keep."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engram.core.build import ProbeName
from engram.core.noun import Noun
from engram.core.recipe import Recipe
from engram.core.results import Rate
from engram.core.training import Training

State = Literal["evaluated", "trained", "stopped", "begun", "damaged"]


class KeptRun(Noun):
    """One run in the folder of a build.

    ``step``: the optimiser step from which a stopped run goes on. ``current``: whether it was
    trained on what the build holds now; null if it does not say. ``probes`` are those of the tuned
    model, where it is evaluated. ``bytes`` counts all files, ``changed`` is when the last of them
    was written, in seconds since 1970. ``fault`` says what is damaged. ``busy``: another engram
    works on it.
    """

    id: str
    state: State
    model: str | None = None
    preset: str | None = None
    step: int | None = None
    current: bool | None = None
    probes: dict[ProbeName, Rate] | None = None
    bytes: int = 0
    changed: Annotated[float, Field(strict=False)] = 0.0
    busy: bool = False
    fault: str = ""


class KeptFile(Noun):
    """One file of a run. ``path`` is relative to the run's folder."""

    path: str
    bytes: int


class RunDetails(Noun):
    """All that is known of a run without its model."""

    run: KeptRun
    recipe: Recipe | None
    training: Training | None
    files: Annotated[tuple[KeptFile, ...], Field(strict=False)]
