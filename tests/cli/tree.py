"""Every command of engram, as the parser itself knows them."""

from __future__ import annotations

from collections.abc import Iterator

import click

from engram.cli import cli


def commands() -> dict[str, click.Command]:
    """All commands by name, groups and subcommands among them: ``runs``, ``runs show``."""
    return dict(_below(cli, click.Context(cli, info_name="engram"), ""))


def _below(
    group: click.Group, context: click.Context, prefix: str
) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield prefix + name, command
        if isinstance(command, click.Group):
            yield from _below(command, click.Context(command, parent=context), f"{prefix}{name} ")
