"""Whether an export answers as the adapter does: the rows that both are asked, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engram.backends.base import Tokens
from engram.core.build import Row
from engram.core.exported import Differing, Fault, Parity
from engram.core.results import Answer
from engram.export.clients.talk import Reply
from engram.lab import Experiment, settings_for
from engram.lab.measure import reading_limit
from engram.lab.prompt import encode_rows
from engram.lab.sample import choose
from engram.lab.watch import Watch, stage


class Reference(NamedTuple):
    """A row, the token ids of its prompt, and what the adapter says to it in engram."""

    row: Row
    prompt: Tokens
    answer: Answer


def rows_to_ask(experiment: Experiment, n: int) -> list[Row]:
    """``n`` rows, or all that there are: tested ones, then trained ones.

    They are chosen by digest, in proportion to the categories.
    """
    test = choose(experiment.rows("test"), n, "export")
    return [*test, *choose(experiment.rows("train"), n - len(test), "export")]


def references(experiment: Experiment, n: int, watch: Watch) -> tuple[list[Reference], int]:
    """What the adapter answers to the rows now, and in how many tokens at most.

    The base is in memory only meanwhile: the client that is asked next needs the room.
    """
    rows, prompter = rows_to_ask(experiment, n), experiment.prompter
    limit = reading_limit(experiment, settings_for(experiment.recipe))
    encoded = encode_rows(prompter, experiment.build, rows)
    model = experiment.backend.load(experiment.model.folder)
    with stage(watch, "asking adapter", len(rows)) as done, model.adapter(experiment.adapter):
        said = model.answer(encoded, prompter.stop, limit, done)
    found = [
        Reference(row, one.prompt, prompter.answer(answer))
        for row, one, answer in zip(rows, encoded, said, strict=True)
    ]
    return found, limit


def compared(
    experiment: Experiment,
    asked: Sequence[Reference],
    replies: Sequence[Reply],
    client: str,
    least: float,
) -> Parity:
    """The verdict on what a client said."""
    pairs = list(zip(asked, replies, strict=True))
    faults = [(one, reply, _fault(one, reply)) for one, reply in pairs]
    differing = [
        Differing(
            row=one.row.id,
            place=experiment.build.place(one.row.pattern),
            prompt=one.row.prompt,
            fault=fault,
            adapter=one.answer,
            export=Answer(text=reply.text, stopped=reply.stopped),
        )
        for one, reply, fault in faults
        if fault is not None
    ]
    return Parity(
        client=client,
        rows=len(pairs),
        same=len(pairs) - len(differing),
        least=least,
        stops=sum(one.answer.stopped for one in asked),
        stopped=sum(one.answer.stopped and reply.stopped for one, reply in pairs),
        differing=tuple(differing),
    )


def _fault(one: Reference, reply: Reply) -> Fault | None:
    """The first thing that differs."""
    if tuple(reply.prompt) != one.prompt:
        return "prompt"
    if reply.text != one.answer.text:
        return "answer"
    return "stop" if reply.stopped != one.answer.stopped else None
