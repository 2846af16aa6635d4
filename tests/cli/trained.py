"""A tiny run that is trained, as the command line names it, and its page."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engram.cli import cli
from engram.cli.exits import exit_code_of
from engram.compiler import compile_corpora
from tests.lab.conftest import write_corpora
from tests.tiny import tiny_model

FLAGS = ["--epochs", "1", "--layers", "1", "--rank", "2", "--batch-size", "8"]


def engram(*arguments: str) -> int:
    """The exit code of a command."""
    return exit_code_of(lambda: cli.main(list(arguments), standalone_mode=False))


def trained_run(folder: Path) -> list[str]:
    """The options of a run that is trained."""
    model = tiny_model(folder / "llama")
    corpora = write_corpora(folder / "corpora", holdout="variant")
    manifest = compile_corpora(corpora, folder / "build").manifest_path
    chosen = ["--manifest", str(manifest), "--model", str(model), *FLAGS]
    assert engram("train", *chosen) == 0
    return chosen


@contextmanager
def web_page(chosen: Sequence[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that serves the page of a run, and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "engram", "demo", *chosen, "--web"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whatever started the tests may have had ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert process.stdout
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.communicate()
