"""What the training loop asks of a framework."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from engram.backends.base import Encoded
from engram.backends.ranks import Ranks


@dataclass(frozen=True, slots=True)
class Told:
    """What one optimiser step tells: of the weights as they were before it.

    ``loss``: the mean over the answer tokens of its rows, in nats. ``drift``: the mean
    KL(base || tuned) over what was rehearsed, in nats; null if nothing was. Of each row, ``exact``:
    whether every answer token was the likeliest, and ``worst``: the largest loss of one, in nats.
    """

    loss: float
    drift: float | None
    exact: list[bool]
    worst: list[float]


class Judgeable(Protocol):
    """Rows that a model can be judged by."""

    rows: Sequence[Encoded]

    def loss(self, batches: Sequence[Sequence[int]]) -> list[tuple[float, int]]:
        """Of each batch, the sum of the losses of its answer tokens in nats, and their number."""


class Learner(Protocol):
    """A model that wears an adapter, its optimiser, and the rows that it learns and is judged by.

    ``trained`` begins with the rows that are learnt; ``valid`` is only ever looked at. Weights are
    those that training changes, as opaque as the framework likes. Every rank has a learner of its
    own, and calls the same methods at once; only rank 0 writes.
    """

    ranks: Ranks

    @property
    def trained(self) -> Judgeable: ...

    @property
    def valid(self) -> Judgeable | None: ...

    @property
    def parameters(self) -> int:
        """The number of parameters that training changes."""

    def step(self, indices: Sequence[int], step: int, rate: float) -> Told:
        """One optimiser step, counted from 0, on the rows at ``indices``, at a learning rate."""

    def restart(self) -> None:
        """Forget what the optimiser knows of earlier steps."""

    def weights(self) -> Any:
        """A copy of the weights, to ``put`` back later."""

    def put(self, weights: Any) -> None:
        """Put weights in place of those that the model has."""

    def save_weights(self, path: Path) -> None:
        """Write the weights as safetensors. Raises EngramError where they cannot be written."""

    def load_weights(self, path: Path) -> None:
        """Put back what ``save_weights`` wrote."""

    def save_state(self, path: Path, metadata: dict[str, str]) -> None:
        """Write weights and optimiser as safetensors, all of it or nothing. Raises EngramError."""

    def load_state(self, path: Path) -> dict[str, str]:
        """Put back what ``save_state`` wrote, to the bit; gives the metadata."""

    def save_adapter(self, folder: Path) -> None:
        """Write the weights as an adapter that ``LanguageModel.adapter`` takes."""
