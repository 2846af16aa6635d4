"""One model on several ranks: rank 0 is asked, and asks the others along.

The laboratory runs on rank 0 alone: it alone writes, prints and keeps time. Another rank has the
same model in memory, and does its share of whatever rank 0 is asked.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NoReturn

from engram.backends.adapter_files import CONFIG, WEIGHTS
from engram.backends.base import (
    Encoded,
    Generated,
    LanguageModel,
    OnEpoch,
    OnLowered,
    OnNote,
    OnRows,
    OnStep,
    OnToken,
    Sampling,
    Timed,
    Tokens,
    ignored,
)
from engram.backends.ranks import Joined
from engram.backends.shares import Shares
from engram.core.errors import EngramError
from engram.core.recipe import Recipe
from engram.core.training import Training

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Leading:
    """The model as rank 0 has it. See LanguageModel.

    Samples are drawn by rank 0 alone, since they are one stream of random numbers, and time is
    taken by it alone; the others wait, and compute nothing.
    """

    def __init__(self, model: Any, ranks: Joined) -> None:
        self.model, self.ranks = model, ranks
        self.device, self.dtype, self.layers = model.device, model.dtype, model.layers
        self.shares = Shares(model, ranks)
        model.ranks = ranks

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
        """Train an adapter into ``folder``/adapter."""
        self.ranks.call(
            "train",
            rows=_plain(rows),
            valid=_plain(valid),
            recipe=recipe.model_dump(mode="json"),
            folder=str(folder),
            rehearsed=rehearsed,
        )
        training: Training = self.model.train(
            rows,
            valid,
            recipe,
            folder,
            on_step,
            on_rows,
            on_epoch,
            rehearsed,
            on_lowered,
            on_note,
        )
        return training

    def forget_checkpoint(self, folder: Path) -> None:
        """Remove what only an unfinished training run in ``folder`` needs."""
        self.model.forget_checkpoint(folder)

    @contextmanager
    def adapter(self, folder: Path) -> Iterator[None]:
        """Put the adapter in ``folder`` on top of the base, on every rank."""
        with self.model.adapter(folder):
            self.ranks.call("wear")
            for name in (CONFIG, WEIGHTS):
                with self.ranks.file(folder / name):
                    pass
            try:
                yield
            finally:
                self.ranks.call("bare")

    def answer(
        self, asked: Sequence[Encoded], stop: int, limit: int, on_rows: OnRows
    ) -> list[Generated]:
        """Greedy answers, in the order asked."""
        self.ranks.call("answer", asked=_plain(asked), stop=stop, limit=limit)
        return self.shares.answer(asked, stop, limit, on_rows)

    def sample(
        self, prompts: Sequence[Tokens], stop: int, how: Sampling, on_rows: OnRows
    ) -> list[list[Generated]]:
        """``how.runs`` samples for each prompt."""
        samples: list[list[Generated]] = self.model.sample(prompts, stop, how, on_rows)
        return samples

    def likelihood(
        self, rows: Sequence[Encoded], temperature: float, on_rows: OnRows
    ) -> list[float]:
        """Log-probabilities in nats."""
        self.ranks.call("likelihood", rows=_plain(rows), temperature=temperature)
        return self.shares.likelihood(rows, temperature, on_rows)

    def time(self, prompt: Tokens, stop: int, limit: int, on_token: OnToken = ignored) -> Timed:
        """One greedy answer, generated alone."""
        timed: Timed = self.model.time(prompt, stop, limit, on_token)
        return timed

    def next_token(self, prompts: Sequence[Tokens], on_rows: OnRows) -> npt.NDArray[np.float32]:
        """Log-probabilities of the next token, [prompts, vocabulary], in nats."""
        self.ranks.call("next_token", prompts=prompts)
        return self.shares.next_token(prompts, on_rows)


class Following:
    """Any other rank: it does what rank 0 calls, by the names that ``Leading`` uses."""

    def __init__(self, model: Any, ranks: Joined) -> None:
        self.model, self.ranks = model, ranks
        self.shares, self.worn = Shares(model, ranks), ExitStack()
        model.ranks = ranks

    def train(self, rows: Any, valid: Any, recipe: Any, folder: str, rehearsed: Any) -> None:
        """Train along. What has no room in memory lies beside rank 0's, or in a folder of ours."""
        with TemporaryDirectory() as own:
            place = Path(folder) if Path(folder).is_dir() else Path(own)
            self.model.train(
                _encoded(rows),
                _encoded(valid),
                Recipe.model_validate(recipe),
                place,
                ignored,
                rehearsed=[tuple(prompt) for prompt in rehearsed],
            )

    def wear(self) -> None:
        """Put on a copy of the adapter that rank 0 has put on."""
        folder = Path(self.worn.enter_context(TemporaryDirectory()))
        for name in (CONFIG, WEIGHTS):
            with self.ranks.file(folder / name) as copy:
                (folder / name).write_bytes(copy.read_bytes())
        self.worn.enter_context(self.model.adapter(folder))

    def bare(self) -> None:
        """Take it off."""
        self.worn.close()

    def answer(self, asked: Any, stop: int, limit: int) -> None:
        """A share of the answers."""
        self.shares.answer(_encoded(asked), stop, limit, ignored)

    def likelihood(self, rows: Any, temperature: float) -> None:
        """A share of the log-probabilities."""
        self.shares.likelihood(_encoded(rows), temperature, ignored)

    def next_token(self, prompts: Any) -> None:
        """A share of the distributions."""
        self.shares.next_token([tuple(prompt) for prompt in prompts], ignored)


def follow(load: Callable[[], LanguageModel], ranks: Joined) -> NoReturn:
    """Do what rank 0 calls, until it ends. Raises SystemExit then."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # rank 0 heeds it, and ends the others
    try:
        following = Following(load(), ranks)
        while True:
            name, arguments = ranks.called()
            getattr(following, name)(**arguments)
    except EngramError as error:
        ranks.pulse.leave(error.message, error.help)
        raise SystemExit(error.exit_code) from error


def agree(ranks: Joined, question: dict[str, str]) -> None:
    """Raise EngramError on rank 0 unless all ranks have the same question."""
    for rank, other in enumerate(ranks.gathered(question)):
        for name, value in question.items():
            if other.get(name) != value and ranks.rank == 0:
                raise EngramError(
                    f"Rank {rank} has another {name} than rank 0: {other.get(name)} and {value}.",
                    help="All ranks need the same engram, build, model and flags.",
                )


def _plain(rows: Sequence[Encoded]) -> list[tuple[Tokens, Tokens]]:
    return [(row.prompt, row.answer) for row in rows]


def _encoded(rows: Any) -> list[Encoded]:
    return [Encoded(tuple(prompt), tuple(answer)) for prompt, answer in rows]
