"""The value of ``--backend``: engram's own, or one that another distribution brings."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

OWN = ("auto", "mlx", "torch")


class BackendName(click.ParamType):  # type: ignore[type-arg]
    """A backend by name. Other distributions are asked only about names that are not engram's."""

    name = "backend"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """All backends that are there."""
        return f"[{'|'.join((*OWN, *_others()))}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name, if there is such a backend."""
        if value in OWN or value in _others():
            return str(value)
        known = ", ".join((*OWN, *_others()))
        raise click.BadParameter(f"{value!r} is not one of {known}.", ctx, param)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The backends that begin so."""
        names = (*OWN, *_others())
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _others() -> tuple[str, ...]:
    from engram.core.plugins import plugins

    return tuple(sorted(plugins("engram.backends")))
