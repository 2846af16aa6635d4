"""``engram demo``: base and tuned side by side."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import click

from engram.cli.examples import examples
from engram.cli.options import chosen_experiment, experiment_options, introduce
from engram.cli.typed import lines, unescaped

# A byte that is not UTF-8 arrives as half a surrogate pair, which no model is asked.
PROMPTS = click.File(encoding="utf-8-sig", errors="surrogateescape")
PORT = click.IntRange(1, 65535)


@click.command(
    epilog=examples(
        "engram demo --prompt 'Q: Capital of Peru?\\nA:'",
        "engram demo --prompts mine.txt --script > before.txt",
        "engram demo -i",
        "engram demo --web --open",
    ),
)
@experiment_options
@click.option("--prompt", "prompts", multiple=True, metavar="TEXT", help="Ask this; repeatable.")
@click.option("--prompts", "file", type=PROMPTS, help="Ask these, one a line; - is standard input.")
@click.option("--script", is_flag=True, help="A plain transcript without times, to diff.")
@click.option("-i", "--interactive", is_flag=True, help="Ask what is typed, until ctrl-D.")
@click.option("--web", is_flag=True, help="The same as a page for a browser on this machine.")
@click.option("--port", type=PORT, help="The page's port. [default: a free one]")
@click.option("--ipv6", is_flag=True, help="Serve the page on ::1 too.")
@click.option("--open/--no-open", "browse", help="Open the page in a browser. [default: no]")
def command(
    manifest: Path,
    run_id: str | None,
    prompts: tuple[str, ...],
    file: TextIO | None,
    script: bool,
    interactive: bool,
    web: bool,
    port: int | None,
    ipv6: bool,
    browse: bool,
    form: str,
    **flags: Any,
) -> None:
    r"""Show what base and tuned say to the same prompts: the manifest's, or yours.

    In a prompt of yours, \n is a line break and \\ a backslash. Answers to prompts that are rows
    of the build are judged. On a terminal, both answers appear token by token. Nothing is fetched.
    """
    from engram import lab
    from engram.cli.live import can_draw
    from engram.cli.page import serve_page
    from engram.cli.talk import conversation, perform, print_all, talk

    given = {"--prompt": prompts, "--prompts": file, "--script": script}
    given |= {"--format json": form == "json"}
    if script:
        _leave_out({"--format json": form == "json"}, "--script is a form of its own")
    if web:
        _leave_out(given | {"--interactive": interactive}, "--web asks what is typed into a page")
    else:
        _leave_out(
            {"--port": port, "--ipv6": ipv6, "--open": browse}, "There is no page without --web"
        )
    if interactive:
        _leave_out(given, "--interactive asks what is typed")
        _need_terminal()
    asked = [unescaped(text) for text in (*prompts, *(lines(file) if file else ()))]
    if (prompts or file) and not (asked and all(asked)):
        raise click.UsageError("There is nothing to ask in --prompt or --prompts.")

    def opened() -> lab.Experiment:
        experiment: lab.Experiment = chosen_experiment(manifest, run_id, flags)
        introduce(experiment)
        return experiment

    if web:
        serve_page(lambda: conversation(opened()), port, ipv6=ipv6, browse=browse)
    elif interactive:
        talk(conversation(opened()))
    elif can_draw() and not script and form == "text":
        perform(conversation(opened()), asked)
    else:
        print_all(opened(), asked or None, form, script=script)


def _leave_out(given: Mapping[str, object], why: str) -> None:
    for name, value in given.items():
        if value:
            raise click.UsageError(f"{why}; leave out {name}.")


def _need_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(
            "--interactive needs a terminal; --prompts - reads prompts from standard input."
        )
