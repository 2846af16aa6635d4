"""``engram demo --web``: the demonstration as a page, until ctrl-C."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable

import click

from engram import lab
from engram.core.extras import extra

HELP = "Install what the page needs: pip install 'engram[web]'"


def serve_page(
    converse: Callable[[], lab.Conversation], port: int | None, *, ipv6: bool, browse: bool
) -> None:
    """Serve the page on the conversation, which is opened once there is a port for it.

    Raises EngramError if the extra ``web`` is missing or the port cannot be had.
    """
    with extra(HELP):
        from engram.web import serve
        from engram.web.doors import address_of, doors

    with doors(port, ipv6=ipv6) as opened:
        conversation = converse()
        address = address_of(opened)
        click.echo(f"Base and tuned answer at {address}\nOn this machine alone; ctrl-C ends it.")
        if browse and not webbrowser.open(address):
            click.echo("No browser could be opened.", err=True)
        try:
            serve(conversation, opened)
        except KeyboardInterrupt:
            click.echo("\nEnded.")
