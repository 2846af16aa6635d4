"""Outcomes and their exit codes: the one place where exceptions end.

0  no errors; 1  error findings, a refused build or a failed gate; 2  usage, configuration or
environment; 3  a bug in engram (traceback in a log file, one line on the terminal);
130  interrupted.
"""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from engram.core.errors import EngramError

OK = 0
FOUND_ERRORS = 1
USAGE = 2
BUG = 3
INTERRUPTED = 130


def exit_code_of(command: Callable[[], Any]) -> int:
    """Run a click command; print what went wrong, if anything did, and give its exit code.

    A command that ends with ``click.Context.exit(n)`` or returns an ``int`` chose its own code.
    """
    try:
        result = command()
    except click.exceptions.Exit as chosen:
        return chosen.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nInterrupted. The same command goes on from here.", err=True)
        return INTERRUPTED
    except EngramError as error:
        show_error(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - nobody sees a traceback; it goes to a log
        show_bug(error)
        return BUG
    return result if isinstance(result, int) else OK


def show_error(error: EngramError) -> None:
    """Print an error and what to do about it."""
    # Messages quote builds and names of files, which may be anybody's.
    from engram.report.screen import wants_color
    from engram.report.text import visible

    message, advice = (visible(text or "", keep="\n") for text in (error.message, error.help))
    color = wants_color()
    click.echo(f"{click.style('error:', fg='red', bold=True)} {message}", err=True, color=color)
    if advice:
        click.echo(f"{click.style('help:', fg='cyan')} {advice}", err=True, color=color)


def show_bug(error: Exception) -> None:
    """Keep the traceback in a file of its own and name the file."""
    handle, name = tempfile.mkstemp(prefix="engram-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as log:
        log.write("".join(traceback.format_exception(error)))
    kind = type(error).__name__
    click.echo(f"engram has a bug ({kind}: {error}). Traceback: {Path(name)}", err=True)
