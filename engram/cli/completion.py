"""``engram completion``: what a shell needs to complete engram's command lines."""

from __future__ import annotations

import os
from pathlib import PurePath

import click
from click.shell_completion import get_completion_class

from engram.cli.examples import examples

SHELLS = ("bash", "zsh", "fish")
# Where click looks for what a shell asks.
VARIABLE = "_ENGRAM_COMPLETE"


@click.command(
    epilog=examples(
        "engram completion bash > ~/.local/share/bash-completion/completions/engram",
        "engram completion zsh > ~/.zfunc/_engram",
        "engram completion fish > ~/.config/fish/completions/engram.fish",
    )
)
@click.argument("shell", metavar="[SHELL]", type=click.Choice(SHELLS), required=False)
@click.pass_context
def command(context: click.Context, shell: str | None) -> None:
    """Print the script by which SHELL completes commands, options, runs, models and rules.

    SHELL is bash (4.4 or later), zsh or fish; by default the one of this session. Let the shell
    read the script when it starts: from a file, as below, or by eval "$(engram completion bash)".
    """
    shell = shell or PurePath(os.environ.get("SHELL", "")).name
    kind = get_completion_class(shell) if shell in SHELLS else None
    if kind is None:
        raise click.UsageError(f"Which shell? Say {', '.join(SHELLS[:-1])} or {SHELLS[-1]}.")
    root = context.find_root()
    click.echo(kind(root.command, {}, "engram", VARIABLE).source())
