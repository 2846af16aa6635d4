"""What the laboratory asks of a backend. A backend sees token ids and never text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from engram.backends.measured import Measured
from engram.backends.ranks import Ranks
from engram.core.recipe import Recipe
from engram.core.training import EpochPoint, Training

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """One row as token ids. ``answer`` ends with the stop token; only it is trained."""

    prompt: Tokens
    answer: Tokens

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


@dataclass(frozen=True, slots=True)
class Generated:
    """An answer, without its stop token. ``stopped`` is false if it was cut at the limit."""

    tokens: Tokens
    stopped: bool


@dataclass(frozen=True, slots=True)
class Timed:
    """One answer, generated alone. Times are in seconds from the prompt's token ids."""

    answer: Generated
    first_token: float
    total: float


@dataclass(frozen=True, slots=True)
class Sampling:
    """``runs`` samples a prompt at ``temperature``, from ``seed``, of at most ``limit`` tokens."""

    runs: int
    temperature: float
    seed: int
    limit: int


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of training, after one optimiser step on so many ``rows``.

    ``visited`` of ``total`` visits to a row are behind; those that a row rested through count.
    ``tokens`` and ``seconds`` are those of all steps so far. ``loss`` and ``drift`` are those of
    LossPoint; what is not finite is null there and NaN or infinite here.
    """

    step: int
    epoch: int
    loss: float
    drift: float | None
    rows: int
    visited: int
    total: int
    learning_rate: float
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Lowered:
    """Training had diverged after ``step``, went back to ``epoch``, and goes on at another rate.

    ``epoch`` is the best one, counted from 1; 0 is the start. ``learning_rate`` is the new peak.
    """

    step: int
    epoch: int
    learning_rate: float


OnStep = Callable[[Step], None]
OnEpoch = Callable[[EpochPoint], None]
OnRows = Callable[[int], None]
OnLowered = Callable[[Lowered], None]
OnToken = Callable[[int], None]
OnNote = Callable[[str], None]


def ignored(_: object) -> None:
    """For whoever does not want to hear of it."""


class LanguageModel(Protocol):
    """A base model in memory, with at most one adapter on top of it."""

    device: str
    dtype: str
    layers: int

    def train(
        self,
        rows: Sequence[Encoded],
        valid: Sequence[Encoded],
        recipe: Recipe,
        folder: Path,
        on_step: OnStep,
        on_rows: OnRows = ignored,
        on_epoch: OnEpoch = ignored,
        rehearsed: Sequence[Tokens] = (),
        on_lowered: OnLowered = ignored,
        on_note: OnNote = ignored,
    ) -> Training:
        """Train an adapter on ``rows`` into ``folder``/adapter; goes on from a checkpoint.

        If training diverges it goes back to the best epoch, or to the start if none beats the base,
        and on at half the learning rate, once: ``on_lowered`` hears of it. Then it stops.

        What the base says to the ``rehearsed`` prompts is held, as the recipe says.
        ``on_rows`` hears of rows, of ``valid`` too, that are made ready before the first step;
        ``on_epoch`` of every epoch, once all its steps were told; ``on_note`` of what a person
        should know, in a sentence.
        """

    def forget_checkpoint(self, folder: Path) -> None:
        """Remove what only an unfinished training run in ``folder`` needs."""

    def adapter(self, folder: Path) -> AbstractContextManager[None]:
        """Put the adapter in ``folder`` on top of the base for as long as the context lasts."""

    def answer(
        self, asked: Sequence[Encoded], stop: int, limit: int, on_rows: OnRows
    ) -> list[Generated]:
        """Greedy answers, in the order asked; ``Encoded.answer`` is a guess that saves time."""

    def sample(
        self, prompts: Sequence[Tokens], stop: int, how: Sampling, on_rows: OnRows
    ) -> list[list[Generated]]:
        """``how.runs`` samples for each prompt, the same for the same seed."""

    def likelihood(
        self, rows: Sequence[Encoded], temperature: float, on_rows: OnRows
    ) -> list[float]:
        """How likely ``sample`` says each row's answer: log-probabilities in nats, at most 0.

        The answers are not empty. One that ends with the stop token is the whole of a sample; one
        without it is what a sample begins with.
        """

    def time(self, prompt: Tokens, stop: int, limit: int, on_token: OnToken = ignored) -> Timed:
        """One greedy answer, generated alone and token by token; ``on_token`` hears of each."""

    def next_token(self, prompts: Sequence[Tokens], on_rows: OnRows) -> npt.NDArray[np.float32]:
        """Log-probabilities of the next token, [prompts, vocabulary], in nats."""


def told_of(device: str, dtype: str) -> tuple[str, ...]:
    """What a user should know who computes in a precision on a device."""
    if (device, dtype) != ("cpu", "bfloat16"):
        return ()
    return ("Most CPUs compute slower in bfloat16 than in float32: leave out --precision.",)


@dataclass(frozen=True, slots=True)
class Backend:
    """A framework that holds models.

    ``device`` and ``dtype`` are what models compute on and in; ``warnings`` are sentences for the
    user, and ``why`` says why this backend is used, where nobody asked for it. ``read`` reads a
    folder in a precision; ``measure`` tells how fast the device multiplies; ``join`` gives the
    processes that were started together with this one. ``origin`` is the distribution that brings
    it, with its version; empty for engram's own.
    """

    name: str
    device: str
    dtype: str
    warnings: tuple[str, ...]
    read: Callable[[Path, str], LanguageModel]
    measure: Callable[[], Measured]
    join: Callable[[], Ranks] = Ranks
    why: str = ""
    origin: str = ""

    @property
    def title(self) -> str:
        """What a run depends on: the name, and of a plugin's backend where it is from."""
        return f"{self.name} ({self.origin})" if self.origin else self.name

    def load(self, folder: Path) -> LanguageModel:
        """Read the model in ``folder`` into memory."""
        return self.read(folder, self.dtype)
