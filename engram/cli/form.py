"""How every command prints: for a person or for a program, and how much of it.

``--json`` is ``--format json``: one document on standard output and nothing else there, described
in ``schemas/output.v1.json``. ``--quiet`` leaves out progress and hints. What stands before the
name of a subcommand holds for it too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import click
from click.core import ParameterSource

from engram.core.noun import Noun

_FORM, _QUIET = "engram.form", "engram.quiet"
_FLAG = "as_json"


def form_option(*choices: str, default: Callable[[], str], help: str) -> Callable[..., Any]:
    """A decorator that adds ``--format`` (the keyword argument ``form``) and ``--json``."""

    def chosen(context: click.Context, _parameter: click.Parameter, value: str | None) -> str:
        flagged = context.get_parameter_source(_FLAG) is ParameterSource.COMMANDLINE
        if flagged and value not in (None, "json"):
            raise click.UsageError(f"--json is --format json; leave out --format {value}.")
        if value is not None:
            context.meta[_FORM] = value
        found: str = context.meta.get(_FORM) or default()
        return found

    def flag(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
        if value:
            context.meta[_FORM] = "json"

    form = click.option("--format", "form", type=click.Choice(choices), callback=chosen, help=help)
    short = click.option(
        "--json",
        _FLAG,
        is_flag=True,
        # Before --format is looked at, wherever either stands.
        is_eager=True,
        expose_value=False,
        callback=flag,
        help="The same as --format json.",
    )
    return lambda command: form(short(command))


def _remember(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.meta[_QUIET] = True


FORM = form_option(
    "text", "json", default=lambda: "text", help="For a person, or for a program. [default: text]"
)
QUIET = click.option(
    "-q",
    "--quiet",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_remember,
    help="No progress and no hints: only results and what is wrong.",
)


def is_quiet() -> bool:
    """Whether the command that runs was asked to be quiet."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(_QUIET))


def remark(line: str = "", *, err: bool = False) -> None:
    """Print a line that is no result; a quiet command does not."""
    if not is_quiet():
        click.echo(line, err=err)


def print_json(document: Noun | Sequence[Noun]) -> None:
    """Print a result, or a list of results, as one JSON document in ASCII."""
    if isinstance(document, Noun):
        data: Any = document.model_dump(mode="json")
    else:
        data = [one.model_dump(mode="json") for one in document]
    click.echo(json.dumps(data, indent=2))
