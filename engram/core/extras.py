"""Packages that only some commands need: what to say when one of them is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from engram.core.errors import EngramError

INSTALL = "pip install 'engram[run]'"
CUDA = "'engram[cuda]'"


@contextmanager
def run_extra() -> Iterator[None]:
    """A context in which a package of the extra ``run`` may be missing; see ``extra``."""
    with extra(install_help()):
        yield


@contextmanager
def extra(help: str) -> Iterator[None]:
    """A context in which a missing package becomes an error that says how to install it.

    Raises ``EngramError`` in place of ``ModuleNotFoundError``, except for engram's own modules.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "engram"):
            raise
        raise EngramError(
            f"The Python package {package} is not installed, and this command needs it.",
            help=help,
        ) from error


def install_help() -> str:
    """The sentence that says how to install what running needs on this platform."""
    linux = f" (NVIDIA GPU: {CUDA})" if sys.platform == "linux" else ""
    return f"Install what running needs: {INSTALL}{linux}"


def torch_help() -> str:
    """The sentence that says how to install what the torch backend needs."""
    return "Install what the torch backend needs: pip install 'engram[torch]'"
