"""The log of a run: ``log.jsonl``, a JSON object a line, added to as things happen.

``start`` says what is trained and how, ``step`` and ``epoch`` how it goes, ``lowered`` that it had
diverged and where it went back to, ``trained`` how it went and ``evaluated`` what came of it.
Lines are only ever added; one that a crash tore is cut off when the run goes on. Steps between the
last checkpoint and a crash are computed once more, on a CPU to the same bits: they stand in the log
as they were the first time, so that no step and no epoch is there twice, and ``resumed`` names the
step from which the run went on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from engram import __version__
from engram.backends.base import Lowered, Step
from engram.core.errors import EngramError
from engram.core.results import Report
from engram.core.training import EpochPoint, Training, finite
from engram.files.fault import Fault
from engram.files.reading import read_regular
from engram.lab.experiment import Experiment
from engram.lab.figures import figures
from engram.lab.record import LOG

VERSION = 1
MOST_BYTES = 1 << 30

Event = dict[str, Any]


class Follower(Protocol):
    """Someone who is told of every event once it stands in the log."""

    def heard(self, event: Event) -> None:
        """An event that was added."""


class NoFollower:
    """Hears nothing."""

    def heard(self, event: Event) -> None:
        """Not told on."""


class Log:
    """The log in the folder of a run, for whoever is alone in there."""

    def __init__(self, experiment: Experiment, follower: Follower) -> None:
        self.path, self.follower = experiment.folder / LOG, follower
        self.start = _start(experiment)
        self.going = False
        _cut_torn_line(self.path)
        events = list(events_in(experiment.folder))
        self.known = {event["event"] for event in events}
        self.steps = max((_number(event, "step") for event in events), default=0)
        self.epochs = max((_number(event, "epoch") for event in events), default=0)

    def step(self, step: Step) -> None:
        """An optimiser step was taken."""
        if not self.going and self.steps:
            self._add("resumed", step=step.step - 1)
        self.going = True
        if step.step <= self.steps:
            return
        self.steps = step.step
        self._add(
            "step",
            step=step.step,
            epoch=step.epoch,
            loss=finite(step.loss),
            drift=finite(step.drift),
            learning_rate=step.learning_rate,
            tokens=step.tokens,
            seconds=round(step.seconds, 3),
        )

    def epoch(self, point: EpochPoint) -> None:
        """An epoch is over."""
        if point.epoch > self.epochs:
            self.epochs = point.epoch
            self._add("epoch", **point.model_dump(), step=self.steps)

    def lowered(self, lowered: Lowered) -> None:
        """Training diverged, went back and goes on at a lower rate. It does so once."""
        if "lowered" not in self.known:
            self._add("lowered", **asdict(lowered))

    def trained(self, training: Training) -> None:
        """Training is over."""
        if "trained" not in self.known:
            self._add("trained", **training.model_dump(exclude={"losses", "curve"}))

    def evaluated(self, report: Report) -> None:
        """The report was computed: every figure with its n."""
        found = figures({*report.base.categories, *report.tuned.categories})
        measured = {name: figure.read(report) for name, figure in found.items()}
        self._add(
            "evaluated",
            evaluation_digest=report.chain.evaluation_digest,
            adapter_digest=report.chain.adapter_digest,
            figures={name: {"value": m.value, "n": m.n} for name, m in measured.items()},
        )

    def _add(self, event: str, **fields: Any) -> None:
        if "start" not in self.known:
            self.known.add("start")
            self._add("start", **self.start)
        self.known.add(event)
        line = {"event": event, **fields}
        _append(self.path, (json.dumps(line, allow_nan=False) + "\n").encode("ascii"))
        self.follower.heard(line)


def events_in(folder: Path) -> Iterator[Event]:
    """The events in the log of a run, in order, but for lines that are damaged or torn."""
    data = read_regular(folder / LOG, MOST_BYTES, follow=False)
    for line in [] if isinstance(data, Fault) else data.split(b"\n")[:-1]:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict) and isinstance(event.get("event"), str):
            yield event


def _start(experiment: Experiment) -> Event:
    name = experiment.model.name
    return {
        "log": VERSION,
        "engram": __version__,
        "run_id": experiment.run_id,
        "build_id": experiment.build.manifest.build_id,
        # A model in a folder is called by its whole path, which is nobody else's business.
        "model": Path(name).name if Path(name).is_absolute() else name,
        "device": experiment.backend.device,
        "ranks": experiment.ranks.size,
        **experiment.question,
        "rows": {split: len(experiment.rows(split)) for split in ("train", "valid", "test")},
        "recipe": experiment.recipe.model_dump(mode="json", exclude={"model"}),
    }


def _number(event: Event, kind: str) -> int:
    value = event.get(kind) if event["event"] == kind else 0
    return value if isinstance(value, int) else 0


def _cut_torn_line(path: Path) -> None:
    data = read_regular(path, MOST_BYTES, follow=False)
    if isinstance(data, bytes) and data and not data.endswith(b"\n"):
        try:
            os.truncate(path, data.rfind(b"\n") + 1)
        except OSError as error:
            raise _unwritable(path, error) from error


def _append(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, flags, 0o644)
        try:
            # In one piece, so that whoever reads along sees whole lines.
            if os.write(handle, data) != len(data):
                raise _unwritable(path, None)
        finally:
            os.close(handle)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError | None) -> EngramError:
    why = (error.strerror if error else None) or "the disk is full"
    return EngramError(
        f"{path} cannot be written: {why}.",
        help="Make room for it, or move what stands there; the same command goes on from here.",
    )
