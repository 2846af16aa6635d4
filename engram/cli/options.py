"""Options that commands share, and the experiment that those of a run name."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engram.cli import complete
from engram.cli.backend_name import BackendName
from engram.cli.form import FORM, QUIET, is_quiet

if TYPE_CHECKING:
    from engram.models import Get

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

POSITIVE = click.IntRange(min=1)
RATE = click.FloatRange(min=0, min_open=True)

MANIFEST = click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("build/manifest.json"),
    show_default=True,
    help="The manifest of a build.",
)
RUN = click.option(
    "--run",
    "run_id",
    shell_complete=complete.runs,
    help="A run that is there already, by the start of its id.",
)
OFFLINE = click.option(
    "--offline", is_flag=True, help="Do not fetch a missing model; say how to get it."
)
COMPUTING = (
    click.option(
        "--backend",
        type=BackendName(),
        default="auto",
        show_default=True,
        help="What computes; auto is the fastest installed, or what --run was begun with.",
    ),
    click.option(
        "--precision",
        type=click.Choice(["float32", "bfloat16"]),
        help="Of the base's weights. [default: the faster one here]",
    ),
)
RECIPE = (
    click.option(
        "--model",
        shell_complete=complete.models,
        help="A short name, a hub id or a folder. [default: smollm2-135m]",
    ),
    click.option(
        "--preset",
        shell_complete=complete.from_names("memorise", "generalise", "classic"),
        help="memorise, generalise or classic. [default: memorise]",
    ),
    click.option("--epochs", type=POSITIVE, help="Passes over train.jsonl, at most."),
    click.option("--iters", type=POSITIVE, help="Optimiser steps, in place of --epochs."),
    click.option(
        "--method",
        type=click.Choice(["lora", "dora", "full"]),
        help="An adapter, one that also learns magnitudes, or the blocks themselves. "
        "[default: lora]",
    ),
    click.option("--rank", type=POSITIVE, help="Rank of the adapter; means nothing for full."),
    click.option("--layers", type=POSITIVE, help="How many of the top blocks are trained."),
    click.option("--learning-rate", type=RATE, help="Peak learning rate."),
    click.option("--batch-size", type=POSITIVE, help="Rows in an optimiser step."),
    click.option(
        "--rehearsed",
        type=click.IntRange(min=0),
        help="Prompts that the base makes up, to hold what it says to them; 0 for none.",
    ),
    click.option("--seed", type=int, help="Seed of weights, order and samples. [default: 42]"),
    click.option("--quick", is_flag=True, help="A real before and after on 20 patterns."),
)


def experiment_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command with the options that name an experiment; they arrive as keyword arguments."""
    options: tuple[Decorator, ...] = (MANIFEST, RUN, *COMPUTING, *RECIPE, FORM, QUIET)
    return reduce(lambda inner, option: option(inner), reversed(options), command)


def chosen_recipe(flags: dict[str, Any]) -> Any:
    """The recipe that the flags describe."""
    from engram.lab.presets import DEFAULT_METHOD, DEFAULT_PRESET, recipe
    from engram.models import DEFAULT

    flags = dict(flags)
    if flags["method"] == "full" and flags["rank"] is not None:
        raise click.UsageError("--rank is that of an adapter; leave it out with --method full.")
    seed = flags.pop("seed")
    return recipe(
        flags.pop("model") or DEFAULT,
        flags.pop("preset") or DEFAULT_PRESET,
        method=flags.pop("method") or DEFAULT_METHOD,
        quick=flags.pop("quick"),
        seed=42 if seed is None else seed,
        **flags,
    )


def chosen_experiment(
    manifest: Path, run_id: str | None, flags: dict[str, Any], get: Get | None = None
) -> Any:
    """The experiment that the flags name: an earlier run by its id, or a recipe.

    ``get`` gives the model of a name; without one it has to be here.
    """
    from engram.lab import open_experiment, reopen
    from engram.models import find

    get, flags = get or find, dict(flags)
    backend, precision = flags.pop("backend"), flags.pop("precision")
    if run_id is None:
        return open_experiment(manifest, chosen_recipe(flags), get, backend, precision)
    if names := given(flags):
        raise click.UsageError(f"--run names a finished recipe; leave out {', '.join(names)}.")
    return reopen(manifest, run_id, get, backend, precision)


def given(flags: dict[str, Any]) -> list[str]:
    """The flags of a recipe that were given, as they are written."""
    names = [name for name, value in flags.items() if value not in (None, False, "auto")]
    return ["--" + name.replace("_", "-") for name in names]


def introduce(experiment: Any) -> None:
    """Say what is about to be done, on what, with the backend's warnings."""
    from engram.backends.plan import Schedule

    backend, recipe = experiment.backend, experiment.recipe
    for warning in backend.warnings:
        click.echo(f"{click.style('warning:', fg='yellow')} {warning}", err=True)
    if is_quiet():
        return
    rows = {split: len(experiment.rows(split)) for split in ("train", "valid", "test")}
    epochs = Schedule(recipe, rows["train"]).epochs
    length = f"{recipe.iters} iterations" if recipe.iters else f"{epochs} epochs"
    ranks = experiment.ranks.size
    many = f"  ranks   {ranks}, each with a share of the rows\n" if ranks > 1 else ""
    why = f"  backend {backend.name}: {backend.why}\n" if backend.why else ""
    click.echo(
        f"run {experiment.run_id} of build {experiment.build.manifest.build_id[:16]}\n"
        f"  model   {experiment.model.name} on {backend.name} ({backend.device}, {backend.dtype})\n"
        f"{why}{many}"
        f"  rows    {rows['train']} train, {rows['valid']} valid, {rows['test']} test\n"
        f"  recipe  {recipe.preset}: {recipe.tuning}, "
        f"{length} at most,\n          batch {recipe.batch_size}, rate {recipe.learning_rate:g}, "
        f"{recipe.rehearsed or 'no'} prompts rehearsed",
        err=True,
    )
