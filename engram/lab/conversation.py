"""Asking base and tuned the same prompt, whoever wrote it, and hearing both token by token."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Any, NamedTuple

from engram.backends.base import Tokens
from engram.core.build import Row, probe_name
from engram.core.errors import EngramError
from engram.core.results import Answer, Exchange
from engram.lab.experiment import Experiment
from engram.lab.measure import SideName, demo_prompts
from engram.lab.score import judge
from engram.report.figures import PROBE_TITLES

SIDES: tuple[SideName, ...] = ("base", "tuned")
Hear = Callable[[Exchange], None]


def deaf(_: Exchange) -> None:
    """For whoever waits until both have answered."""


class Known(NamedTuple):
    """A row of the build, and what it asks of this experiment."""

    row: Row
    title: str


class Conversation:
    """A trained experiment that answers prompts, in at most ``limit`` tokens each."""

    def __init__(self, experiment: Experiment, limit: int) -> None:
        self.experiment, self.limit = experiment, limit
        self._warm = False

    def listed(self) -> list[str]:
        """The prompts that the manifest lists; of a quick run, those of its own patterns."""
        return [one.prompt for one in demo_prompts(self.experiment)]

    def warm_up(self) -> None:
        """Once, before the first answer: what is loaded and compiled then is not its time."""
        if not self._warm:
            prompter, model = self.experiment.prompter, self.experiment.language_model
            for side in SIDES:
                with self._side(side):
                    model.time(prompter.prompt("a"), prompter.stop, 2)
            self._warm = True

    def ask(self, prompt: str, hear: Hear = deaf) -> Exchange:
        """What both say to the prompt; ``hear`` gets it before, after every token, and at the end.

        Raises EngramError for a prompt that the model cannot be asked.
        """
        tokens = self._tokens(prompt)
        known = self._known.get(prompt)
        exchange = Exchange(
            title=known.title if known else "not in the build",
            prompt=prompt,
            expected=known.row.answer if known else None,
        )
        hear(exchange)
        self.warm_up()
        for side in SIDES:
            with self._side(side):
                exchange = self._answered(exchange, side, tokens, hear)
            hear(exchange)
        return exchange

    def _answered(self, exchange: Exchange, side: SideName, tokens: Tokens, hear: Hear) -> Exchange:
        """The exchange with this side's answer, its time and, where one can tell, its verdict."""
        prompter = self.experiment.prompter
        said: list[int] = []
        listening = 0.0

        def heard(token: int) -> None:
            nonlocal listening
            began = time.perf_counter()
            if token != prompter.stop:
                said.append(token)
                hear(exchange.model_copy(update={side: prompter.text(said)}))
            listening += time.perf_counter() - began

        timed = self.experiment.language_model.time(tokens, prompter.stop, self.limit, heard)
        answer = prompter.answer(timed.answer)
        found: dict[str, Any] = {
            side: answer.text,
            # What it takes to show an answer is not the model's.
            f"{side}_ms": (timed.total - listening) * 1000,
            f"{side}_stopped": answer.stopped,
            f"{side}_correct": self._verdict(exchange.prompt, answer),
        }
        return exchange.model_copy(update=found)

    def _verdict(self, prompt: str, answer: Answer) -> bool | None:
        known = self._known.get(prompt)
        return judge(known.row, answer) if known else None

    def _side(self, side: SideName) -> AbstractContextManager[None]:
        if side == "base":
            return nullcontext()
        return self.experiment.language_model.adapter(self.experiment.adapter)

    def _tokens(self, prompt: str) -> Tokens:
        try:
            return self.experiment.prompter.typed(prompt, self.limit)
        except ValueError as error:
            raise EngramError(
                f"The model cannot be asked {prompt!r:.80}: {error}.", help="Ask another."
            ) from error

    @cached_property
    def _known(self) -> Mapping[str, Known]:
        """The rows of the build by their prompts."""
        known = {}
        for split, rows in self.experiment.build.rows.items():
            used = {row.id for row in self.experiment.rows(split)}
            for row in rows:
                title = PROBE_TITLES[probe_name(row.probe, row.phrasing)]
                # A quick run has not been trained on most of its build.
                known[row.prompt] = Known(row, title if row.id in used else "not in this run")
        return known
