"""What a client is told, and what it tells: JSON on its standard input, JSON lines on its output.

Whatever else a library prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Job:
    """Ask the export in ``folder`` each of ``prompts``, for at most ``limit`` tokens each.

    ``base`` is the folder of the model that an adapter by itself is put on. No prompt and answer
    together have more tokens than ``context``.
    """

    folder: str
    base: str
    prompts: tuple[str, ...]
    limit: int
    context: int


class Reply(NamedTuple):
    """The token ids of a prompt as the client made them, what it said, and if it came to an end."""

    prompt: Sequence[int]
    text: str
    stopped: bool


Ask = Callable[[Job], Iterator[Reply]]


def messages(prompt: str) -> list[dict[str, str]]:
    """A prompt as every client takes it: one turn of a user."""
    return [{"role": "user", "content": prompt}]


def serve(client: str, ask: Ask) -> None:
    """Do the job that standard input describes: who answers, and a line for every answer."""
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    job = Job(**json.load(sys.stdin))
    print(json.dumps({"client": client}), file=out, flush=True)
    for reply in ask(job):
        print(json.dumps(reply._asdict()), file=out, flush=True)
