"""Three ways to show a demonstration: all at once, as it comes, and as a conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import click

from engram import lab
from engram.cli.bars import watcher
from engram.cli.exits import show_error
from engram.cli.form import print_json
from engram.cli.live import Live, can_draw
from engram.cli.typed import unescaped
from engram.core.errors import EngramError
from engram.core.printed import Demonstrated
from engram.core.results import Exchange
from engram.report.screen import Screen
from engram.report.side_by_side import show_answers, show_one, side_by_side, totals
from engram.report.transcript import transcript

MARK = "> "
GREETING = "Type a prompt; \\n is a line break in it, and ctrl-D ends."


def conversation(experiment: lab.Experiment) -> lab.Conversation:
    """The experiment, asked as its recipe is judged by default."""
    return lab.converse(experiment, lab.settings_for(experiment.recipe))


def print_all(
    experiment: lab.Experiment, prompts: Sequence[str] | None, form: str, *, script: bool
) -> None:
    """Print every answer at once, for a file or another program."""
    settings = lab.settings_for(experiment.recipe)
    found = lab.demo(experiment, settings, watcher(), prompts)
    if form == "json":
        print_json(Demonstrated(run_id=experiment.run_id, exchanges=found))
    else:
        click.echo(transcript(found) if script else side_by_side(found))


def perform(conversation: lab.Conversation, prompts: Sequence[str]) -> None:
    """Show one prompt after another, both answers as they come; without any, those listed."""
    screen, found = Screen.here(), []
    prompts = prompts or conversation.listed()
    for place, prompt in enumerate(prompts, start=1):
        write = partial(show_one, screen=screen, number=f"{place}/{len(prompts)}")
        found.append(_live(conversation, prompt, write))
        click.echo()
    click.echo(totals(found, screen) if found else "No prompts to show.")


def talk(conversation: lab.Conversation) -> None:
    """Answer what is typed, until there is no more of it."""
    # Editing and history, where Python has them.
    with suppress(ImportError):
        import readline  # noqa: F401
    click.echo(GREETING)
    while True:
        try:
            prompt = unescaped(input(MARK))
        except EOFError:
            click.echo()
            return
        if prompt.strip():
            _answer(conversation, prompt)


def _answer(conversation: lab.Conversation, prompt: str) -> None:
    screen = Screen.here()
    try:
        _live(conversation, prompt, lambda one: show_answers(one, screen))
    except EngramError as error:
        show_error(error)
    click.echo()


def _live(
    conversation: lab.Conversation, prompt: str, write: Callable[[Exchange], str]
) -> Exchange:
    """What both say, drawn as it comes; where nothing can be drawn again, once it is whole."""
    if not can_draw():
        found = conversation.ask(prompt)
        click.echo(write(found))
        return found
    with Live() as live:
        return conversation.ask(prompt, lambda one: live.draw(write(one)))
