"""Asking an export in its real client, which runs in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, NamedTuple

from engram.core.errors import EngramError
from engram.export.clients.talk import Job, Reply
from engram.lab.watch import Watch, stage
from engram.report.text import visible

LAST_LINES = 6


class Client(NamedTuple):
    """A program that answers: its module here, the packages that it needs, and who brings them."""

    module: str
    packages: tuple[str, ...]
    extra: str


CLIENTS = {
    "transformers": Client("transformers", ("torch", "transformers"), "torch"),
    "mlx-lm": Client("mlx_lm", ("mlx_lm",), "run"),
    "peft": Client("peft", ("torch", "transformers", "peft"), "peft"),
    "llama.cpp": Client("llama_cpp", ("llama_cpp",), "llama-cpp"),
    "ollama": Client("modelfile", ("llama_cpp",), "llama-cpp"),
}


def need(name: str) -> Client:
    """The client of that name. Raises EngramError if it is not installed, saying how it gets so."""
    client = CLIENTS[name]
    lacking = [package for package in client.packages if find_spec(package) is None]
    if lacking:
        raise EngramError(
            f"The export is checked in its own client, and {lacking[0]} is not installed.",
            help=f"Install it: pip install 'engram[{client.extra}]'\n"
            "Or export without a check, which the model card will say: --unchecked",
        )
    return client


def ask(client: Client, job: Job, watch: Watch) -> tuple[str, list[Reply]]:
    """Which client answered, with its version, and its answers in the order of the prompts.

    Raises EngramError, with the last that it said, if it comes to no end.
    """
    with tempfile.TemporaryFile() as errors, _started(client, job, errors) as process:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process has no pipes")
        # One that failed before it listened is told of by its end.
        with suppress(BrokenPipeError), process.stdin:
            process.stdin.write(json.dumps(asdict(job)))
        told, replies = "", []
        with stage(watch, "asking export", len(job.prompts)) as done:
            for line in process.stdout:
                found: dict[str, Any] = json.loads(line)
                if "client" in found:
                    told = str(found["client"])
                else:
                    replies.append(Reply(**found))
                    done(1)
        if process.wait() != 0 or len(replies) != len(job.prompts):
            raise EngramError(
                f"{client.packages[-1]} failed on the export, and nothing was exported:\n"
                + _end_of(errors),
                help="See if this version of it knows such models; --unchecked exports unasked.",
            )
        return told, replies


@contextmanager
def _started(client: Client, job: Job, errors: IO[bytes]) -> Iterator[subprocess.Popen[str]]:
    """The client as a process for as long as the block lasts, and not longer."""
    process = subprocess.Popen(  # noqa: S603 - this Python, and a module of engram's
        [sys.executable, "-m", f"engram.export.clients.{client.module}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        encoding="utf-8",
        # A folder without modules, so that none of the user's is taken for a library.
        cwd=job.folder,
        env=_environment(),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def _environment() -> dict[str, str]:
    """That of this process, with the same packages and without a network for models."""
    paths: Sequence[str] = [str(Path(path or ".").resolve()) for path in sys.path]
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    return os.environ | offline | {"PYTHONPATH": os.pathsep.join(paths)}


def _end_of(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").splitlines()
    said = [line for line in lines if line.strip()][-LAST_LINES:]
    return "\n".join(f"  {visible(line)}" for line in said)
