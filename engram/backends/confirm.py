"""Answers to rows that were just trained, where they are surely the expected ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from engram.backends.base import Encoded, Generated, OnRows
from engram.backends.plan import FORWARD_ROWS, by_length

LIKELY = 0.51


class Trained(Protocol):
    """The rows of a training run, with what lies below the adapter already computed."""

    @property
    def places(self) -> Mapping[Encoded, int]: ...

    def worst(self, batches: Sequence[Sequence[int]]) -> Iterator[list[float]]:
        """Of the rows of each batch, the largest loss of an answer token, in nats."""


def confirmed(
    trained: Trained, asked: Sequence[Encoded], stop: int, limit: int, on_rows: OnRows
) -> dict[int, Generated]:
    """The answers, by their places in ``asked``, that greedy decoding surely gives.

    These are the rows of which every answer token, the stop token too, is likelier than not:
    whatever a row is batched with, rounding does not bridge the distance to the next best token.
    What lies below the adapter was computed for training, so only the blocks above are.
    """
    places = {
        index: trained.places[row]
        for index, row in enumerate(asked)
        if row in trained.places and row.answer[-1] == stop and len(row.answer) <= limit
    }
    results: dict[int, Generated] = {}
    known = list(places)
    lengths = [len(asked[index]) for index in known]
    batches = [[known[line] for line in lines] for lines in by_length(lengths, FORWARD_ROWS)]
    losses = trained.worst([[places[index] for index in batch] for batch in batches])
    for batch, worst in zip(batches, losses):
        right = [index for index, loss in zip(batch, worst) if loss < -math.log(LIKELY)]
        results |= {index: Generated(asked[index].answer[:-1], stopped=True) for index in right}
        on_rows(len(right))
    return results
