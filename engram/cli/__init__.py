"""The command line: parse, call one function, print. The only place that exits."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import Any

import click
import click.shell_completion

from engram import __version__
from engram.cli.examples import examples
from engram.cli.exits import exit_code_of
from engram.cli.streams import make_lasting
from engram.report.screen import wants_color

# Command -> the module that holds it. Modules are imported only when their command runs, so that
# `engram validate` in a pre-commit hook does not pay for the laboratory.
COMMANDS = {
    "init": "engram.cli.init",
    "import": "engram.cli.import_",
    "validate": "engram.cli.validate",
    "explain": "engram.cli.explain",
    "compile": "engram.cli.compile",
    "why": "engram.cli.why",
    "diff": "engram.cli.diff",
    "run": "engram.cli.run",
    "train": "engram.cli.train",
    "eval": "engram.cli.eval",
    "demo": "engram.cli.demo",
    "export": "engram.cli.export",
    "runs": "engram.cli.runs",
    "models": "engram.cli.models",
    "doctor": "engram.cli.doctor",
    "completion": "engram.cli.completion",
}
SUMMARIES = {
    "init": "Write a project to start from.",
    "import": "Make a corpus of rows in CSV, JSON or Parquet.",
    "validate": "Check corpora and say everything that is wrong with them.",
    "explain": "Say what a rule finds, why, and what to write instead.",
    "compile": "Compile corpora into a locked build.",
    "why": "Say why a pattern is in its group and split.",
    "diff": "Say how two builds differ.",
    "run": "Train, evaluate base against tuned, demo and report.",
    "train": "Train an adapter on a build.",
    "eval": "Evaluate base against tuned and write the report.",
    "demo": "Show base and tuned side by side.",
    "export": "Write a run for transformers, mlx-lm, PEFT, llama.cpp or Ollama.",
    "runs": "List the runs of a build, show one, or remove some.",
    "models": "List models, and fetch them.",
    "doctor": "Say what this machine has and how fast it computes.",
    "completion": "Print the script by which a shell completes engram's commands.",
}


class Commands(click.Group):
    """The commands, in the order of work, each imported when it is called."""

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """The context of a call, with colours as the environment asks for them."""
        return super().make_context(*arguments, **{"color": wants_color(), **settings})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a user needs them, not the alphabet's."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name, from its own module; every one is called ``command`` there."""
        if name not in COMMANDS:
            return None
        # What is imported stays until the end: to look for garbage among it, then and in between,
        # takes a tenth of the time of a short command.
        gc.disable()
        try:
            command: click.Command = import_module(COMMANDS[name]).command
        finally:
            gc.freeze()
            gc.enable()
        return command

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """Commands and options that begin so, without importing a single command."""
        found = [
            click.shell_completion.CompletionItem(name, help=summary)
            for name, summary in SUMMARIES.items()
            if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant by the first argument; to a slip, the nearest is told."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, 1)
            if close and args[0] not in COMMANDS:
                message = f"{error.message} Did you mean {close[0]!r}?"
                raise click.UsageError(message, ctx) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in ``--help``, without importing a single command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples(
        "engram init my-patterns",
        "engram validate corpora && engram compile corpora",
        "engram run --manifest build/manifest.json",
        "engram COMMAND --help",
    ),
)
@click.version_option(__version__, prog_name="engram")
def cli() -> None:
    """A compiler for patterns, and a laboratory that trusts only compiled builds."""


def main() -> None:
    """Run the command line and exit with the code of the outcome."""
    make_lasting()
    sys.exit(exit_code_of(lambda: cli.main(standalone_mode=False)))
