"""The command that writes a file which is generated, or says whether it is up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click


def generator(module: str, what: str, place: Path, text: Callable[[], str]) -> click.Command:
    """``python -m MODULE [--check] [FILE]``, which writes ``text()`` to FILE, by default ``place``.

    ``what``: what the file is, for ``--help``.
    """

    @click.command(help=f"Write {what} to FILE.")
    @click.option(
        "--check", is_flag=True, help="Write nothing; exit with 1 if the file is out of date."
    )
    @click.argument("file", type=click.Path(path_type=Path), default=place)
    def main(check: bool, file: Path) -> None:
        if not check:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text(), encoding="utf-8", newline="\n")
        elif not file.is_file() or file.read_text(encoding="utf-8") != text():
            raise click.ClickException(f"{file} is out of date: run python -m {module}")

    return main
