"""Where training stands, in plain numbers: what every backend keeps in its checkpoint."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import cast

from engram.backends.base import Step
from engram.backends.best import Judged
from engram.backends.plan import Schedule
from engram.backends.review import Review
from engram.core.training import Ending, EpochPoint, LossPoint, Training

LOWERED = 0.5  # of the learning rate, once training has diverged


@dataclass
class Progress:
    """What has been trained so far.

    ``epoch`` is under way, counted from 0: ``batches`` of those that train its ``due`` rows are
    behind; ``passed`` counts epochs in all. ``best`` is the best epoch so far. ``lowered_at`` is
    the step after which training had diverged and went back, to go on at a lower rate; null if it
    never did.
    """

    review: Review
    epoch: int = 0
    passed: float = 0.0
    due: list[int] = field(default_factory=list)
    batches: int = 0
    step: int = 0
    seconds: float = 0.0
    tokens: int = 0
    losses: list[tuple[int, float, float, float, float | None]] = field(default_factory=list)
    curve: list[tuple[int, float, float, float | None]] = field(default_factory=list)
    epoch_loss: float = 0.0
    epoch_tokens: int = 0
    best: Judged | None = None
    lowered_at: int | None = None
    stopped: str = ""

    def dumped(self) -> str:
        """All of it as JSON, for the metadata of a checkpoint."""
        return json.dumps(asdict(self))

    @classmethod
    def loaded(cls, data: str) -> Progress:
        """What was dumped."""
        found = json.loads(data)
        found["review"] = Review(**found["review"])
        found["best"] = found["best"] and Judged(**found["best"])
        return cls(**found)

    def rate(self, schedule: Schedule) -> float:
        """The learning rate of the next step. After a fall it is halved, and warms up again."""
        done = schedule.done(self.step, self.passed)
        if self.lowered_at is None:
            return schedule.rate(self.step, done)
        return LOWERED * schedule.rate(self.step - self.lowered_at, done)

    def lower(self) -> None:
        """Begin anew from other weights: what is known of the rows was known by those that left."""
        self.lowered_at = self.step
        self.review = self.review.forgotten()
        self.epoch_loss, self.epoch_tokens = 0.0, 0

    @property
    def judged(self) -> list[int]:
        """The epochs that trained something and were judged, counted from 1."""
        return [epoch for epoch, *_ in self.curve]

    def told(self, schedule: Schedule, rows: int) -> Step:
        """The last step, which trained so many rows, for whoever watches."""
        _, _, loss, rate, drift = self.losses[-1]
        total = schedule.visits
        return Step(
            step=self.step,
            epoch=self.epoch + 1,
            loss=loss,
            rows=rows,
            visited=round(schedule.done(self.step, self.passed) * total),
            total=total,
            learning_rate=rate,
            drift=drift,
            tokens=self.tokens,
            seconds=self.seconds,
        )

    def outcome(self, rows: int, parameters: int, ranks: int) -> Training:
        """How it went, once it is over."""
        return Training(
            rows=rows,
            steps=self.step,
            epochs=self.passed,
            tokens=self.tokens,
            seconds=self.seconds,
            parameters=parameters,
            stopped=cast("Ending", self.stopped or "finished"),
            best_epoch=self.best.epoch if self.best else 0,
            lowered_at=self.lowered_at,
            ranks=ranks,
            losses=tuple(
                LossPoint(step=s, epoch=e, loss=v, learning_rate=r, drift=d)
                for s, e, v, r, d in self.losses
            ),
            curve=tuple(map(epoch_point, self.curve)),
        )


def epoch_point(values: tuple[int, float, float, float | None]) -> EpochPoint:
    """An entry of ``Progress.curve``, by name."""
    epoch, loss, recall, valid_loss = values
    return EpochPoint(epoch=epoch, loss=loss, recall=recall, valid_loss=valid_loss)
