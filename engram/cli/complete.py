"""What the shell may complete: models, presets, rules and runs.

A shell waits for these at every press of a key, so each imports only what it has to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

_RUN_ID = re.compile(r"[0-9a-f]{16}")


def from_names(*names: str) -> Completer:
    """Completes one of these words."""
    return lambda _context, _parameter, incomplete: _beginning(incomplete, ((n, "") for n in names))


def models(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The short names of models, what else is in the cache, and folders."""
    from engram.models import MODELS, shelves

    if incomplete.startswith((".", "/", "~")):
        return [CompletionItem(incomplete, type="dir")]
    known = {name: spec.note for name, spec in MODELS.items()}
    here = {record.name: "in the cache" for record in shelves()}
    return _beginning(incomplete, (here | known).items())


def rules(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The codes of rules, and their names once a name is begun."""
    from engram.compiler.rules import RULES

    found = sorted(RULES.values(), key=lambda rule: rule.code)
    codes = _beginning(incomplete, ((rule.code, rule.summary) for rule in found))
    return codes or _beginning(incomplete, ((rule.name, rule.summary) for rule in found))


def runs(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids of the runs beside the manifest that the line names; nothing is read but names."""
    folder = _manifest(context).parent / "runs"
    names = [path.name for path in folder.glob("*/") if _RUN_ID.fullmatch(path.name)]
    return _beginning(incomplete, ((name, "") for name in sorted(names)))


def _manifest(context: click.Context | None) -> Path:
    while context is not None:
        given: Any = context.params.get("manifest")
        if given is not None and not _is_default(context):
            return Path(given)
        context = context.parent
    return Path("build/manifest.json")


def _is_default(context: click.Context) -> bool:
    source = context.get_parameter_source("manifest")
    return source is not None and source.name.startswith("DEFAULT")


def _beginning(incomplete: str, words: Iterable[tuple[str, str]]) -> list[CompletionItem]:
    return [
        CompletionItem(word, help=summary or None)
        for word, summary in words
        if word.startswith(incomplete)
    ]
