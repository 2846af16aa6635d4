"""``engram demo``: base and tuned side by side."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, TextIO

import click

from engram.cli.options import chosen_experiment, experiment_options, introduce
from engram.cli.typed import lines, unescaped

# A byte that is not UTF-8 arrives as half a surrogate pair, which no model is asked.
PROMPTS = click.File(encoding="utf-8-sig", errors="surrogateescape")


@click.command(epilog="Example: engram demo --prompt 'Q: Capital of Peru?\\nA:'")
@experiment_options
@click.option("--prompt", "prompts", multiple=True, metavar="TEXT", help="Ask this; repeatable.")
@click.option("--prompts", "file", type=PROMPTS, help="Ask these, one a line; - is standard input.")
@click.option("--script", is_flag=True, help="A plain transcript without times, to diff.")
@click.option("-i", "--interactive", is_flag=True, help="Ask what is typed, until ctrl-D.")
def command(
    manifest: Path,
    run_id: str | None,
    prompts: tuple[str, ...],
    file: TextIO | None,
    script: bool,
    interactive: bool,
    **flags: Any,
) -> None:
    r"""Show what base and tuned say to the same prompts: the manifest's, or yours.

    In a prompt of yours, \n is a line break and \\ a backslash. Answers to prompts that are rows
    of the build are judged. On a terminal, both answers appear token by token. Nothing is fetched.
    """
    from engram import lab
    from engram.cli.live import can_draw
    from engram.cli.talk import perform, print_all, talk

    if interactive:
        _refuse(prompts, file, script)
    asked = [unescaped(text) for text in (*prompts, *(lines(file) if file else ()))]
    if (prompts or file) and not (asked and all(asked)):
        raise click.UsageError("There is nothing to ask in --prompt or --prompts.")
    experiment = chosen_experiment(manifest, run_id, flags)
    introduce(experiment)
    settings = lab.settings_for(experiment.recipe)
    if interactive:
        talk(lab.converse(experiment, settings))
    elif can_draw() and not script:
        perform(lab.converse(experiment, settings), asked)
    else:
        print_all(experiment, asked or None, script=script)


def _refuse(prompts: tuple[str, ...], file: TextIO | None, script: bool) -> None:
    for given, name in ((prompts, "--prompt"), (file, "--prompts"), (script, "--script")):
        if given:
            raise click.UsageError(f"--interactive asks what is typed; leave out {name}.")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(
            "--interactive needs a terminal; --prompts - reads prompts from standard input."
        )
