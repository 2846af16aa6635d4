"""The manual page engram(1), made of what ``--help`` says.

``python -m engram.cli.manual [--check] [FILE]`` writes it to ``docs/engram.1``, from where the
wheel installs it: ``man engram``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

from engram import __version__
from engram.cli import SUMMARIES, cli, exits
from engram.report.generated import generator

PAGE = Path("docs") / "engram.1"
ENVIRONMENT = {
    "ENGRAM_HOME": "The folder of models and of what was found before; by default in the user's "
    "cache folder.",
    "ENGRAM_BLAS": "The path of a BLAS library for MLX on Linux CPUs, or off for none.",
    "NO_COLOR, CLICOLOR=0": "No colours, even on a terminal.",
    "FORCE_COLOR, CLICOLOR_FORCE=1": "Colours everywhere.",
    "GITHUB_ACTIONS": "If true, findings are printed as annotations by default.",
}
FILES = {
    "corpora/": "The corpora, by default.",
    "corpora/engram.lock": "The split of every pattern; committed.",
    "build/manifest.json": "What a build holds, by digest; all that training and evaluation read.",
    "build/runs/": "Adapters and reports, a folder for each run.",
    "pyproject.toml": "Settings, under [tool.engram].",
}


def manual() -> str:
    """The page in roff, with the macros of man(7)."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield f'.TH ENGRAM 1 "" "engram {__version__}" "engram"'
    yield ".SH NAME"
    title = (cli.help or "").rstrip(".")
    yield f"engram \\- {_words(title[:1].lower() + title[1:])}"
    yield ".SH SYNOPSIS"
    yield ".B engram\n[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGS\\fR]..."
    yield ".SH DESCRIPTION"
    yield ".B engram\nhas a command for each step of the work:"
    for name, summary in SUMMARIES.items():
        yield f".TP\n.B {name}\n{_words(summary)}"
    yield from _examples(cli)
    root = click.Context(cli, info_name="engram")
    yield ".SH COMMANDS"
    yield from _commands(cli, root)
    yield ".SH EXIT STATUS"
    yield from _paragraphs(cleandoc(exits.__doc__ or "").partition("\n\n")[2])
    for title, entries in (("ENVIRONMENT", ENVIRONMENT), ("FILES", FILES)):
        yield f".SH {title}"
        for name, meaning in entries.items():
            yield f".TP\n.B {_words(name)}\n{_words(meaning)}"


def _commands(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        usage = " ".join([inner.command_path, *command.collect_usage_pieces(inner)])
        yield f".SS {_words(usage)}"
        yield from _paragraphs(cleandoc(command.help or ""))
        for parameter in command.params:
            record = parameter.get_help_record(inner)
            if record and isinstance(parameter, click.Option):
                name, meaning = record
                yield f".TP\n.B {_words(name)}\n{_words(' '.join(meaning.split()))}"
        yield from _examples(command)
        if isinstance(command, click.Group):
            yield from _commands(command, inner)


def _examples(command: click.Command) -> Iterator[str]:
    _, _, lines = (command.epilog or "").partition("Examples:\n")
    # At the fourth column, so that the longest fits 80.
    yield ".PP\nExamples:\n.PP\n.nf\n.in 4n"
    for line in lines.split("\n"):
        yield _words(line.strip())
    yield ".in\n.fi"


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield f".PP\n{_words(' '.join(paragraph.split()))}"


def _words(text: str) -> str:
    """Text that roff takes for text: no line of it is a request, and no hyphen is a dash."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", escaped, flags=re.MULTILINE)


main = generator("engram.cli.manual", "the manual page", PAGE, manual)

if __name__ == "__main__":
    main()
