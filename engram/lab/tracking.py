"""Runs in MLflow, if that is asked for: the only importer of mlflow, and only when it is used.

What MLflow shows is read from the log of a run, and how much of it was sent is kept there as a tag.
So a run of engram is one run of MLflow, however often it was stopped, evaluated, or sent late.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from engram.core.credentials import covered
from engram.core.errors import EngramError
from engram.core.extras import extra
from engram.lab.experiment import Experiment
from engram.lab.log import Event, Follower, NoFollower, events_in
from engram.lab.record import LOG
from engram.lab.watch import Watch

EXPERIMENT = "engram"
RUN_ID = "engram.run_id"
SENT = "engram.events"
ARTIFACTS = ("report.*", "comparison.json", "SHA256SUMS", LOG)
HELP = "Install it: pip install 'engram[mlflow]'"
STORES = (
    "http(s):// names a server and file: a folder; databases such as sqlite:/// need the whole "
    "package: pip install mlflow"
)
# What the user has not set. Seven tries take four minutes; files are asked for by name, and nobody
# asked to tell MLflow's makers.
SETTINGS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
MOST_METRICS = 1000  # in one request
MOST_STEPS = 50
MOST_SECONDS = 5.0


def need_mlflow(uri: str | None) -> None:
    """Nothing. Raises EngramError if runs are to be tracked and MLflow is not installed."""
    if uri is not None:
        with extra(HELP):
            if find_spec("mlflow") is None:
                raise ModuleNotFoundError(name="mlflow")


@contextmanager
def tracked(uri: str | None, experiment: Experiment, watch: Watch) -> Iterator[Follower]:
    """Who follows the log of an experiment while the block lasts: MLflow at ``uri``, or nobody.

    Raises EngramError if MLflow cannot be reached at first. Later it costs no training: what it
    did not take is sent the next time.
    """
    if uri is None:
        yield NoFollower()
        return
    tracker = _opened(uri, experiment, watch)
    try:
        yield tracker
    except KeyboardInterrupt:
        tracker.end("KILLED")
        raise
    except BaseException:
        tracker.end("FAILED")
        raise
    tracker.end("FINISHED")


class Tracker:
    """Sends the events of one run, a few at a time."""

    def __init__(self, client: Any, run: Any, folder: Path, watch: Watch) -> None:
        self.client, self.run_id = client, run.info.run_id
        self.folder, self.watch = folder, watch
        events = list(events_in(folder))
        self.sent = min(_count(run.data.tags.get(SENT)), len(events))
        self.waiting: list[Event] = events[self.sent :]
        self.step = max((e["step"] for e in events[: self.sent] if e["event"] == "step"), default=0)
        self.last = time.monotonic()
        self.failed = False

    def heard(self, event: Event) -> None:
        """An event is sent with others like it, or at once if it is not a mere step."""
        self.waiting.append(event)
        late = time.monotonic() - self.last > MOST_SECONDS
        if event["event"] != "step" or late or len(self.waiting) >= MOST_STEPS:
            self._send()

    def end(self, status: str) -> None:
        """Send all that is left, and the reports."""
        self.failed = False
        self._send()
        with self._excused():
            for pattern in ARTIFACTS:
                for path in sorted(self.folder.glob(pattern)):
                    self.client.log_artifact(self.run_id, str(path))
            self.client.set_terminated(self.run_id, status)

    def _send(self) -> None:
        # A server that does not answer is asked again at the end, not at every step.
        if self.failed or not self.waiting:
            return
        self.last = time.monotonic()
        with self._excused():
            self._send_all(self.waiting)
            self.sent += len(self.waiting)
            self.waiting = []

    def _send_all(self, events: list[Event]) -> None:
        from mlflow.entities import Metric, Param, RunTag

        now = int(time.time() * 1000)
        metrics = [
            Metric(name, value, now, step)
            for event in events
            for name, value, step in self._metrics(event)
        ]
        starts = [event for event in events if event["event"] == "start"]
        params = [Param(name, str(value)) for event in starts for name, value in _params(event)]
        tags = [RunTag(name, str(value)) for event in starts for name, value in _tags(event)]
        self.client.log_batch(self.run_id, params=params, tags=tags)
        for first in range(0, len(metrics), MOST_METRICS):
            self.client.log_batch(self.run_id, metrics=metrics[first : first + MOST_METRICS])
        self.client.set_tag(self.run_id, SENT, str(self.sent + len(events)))

    def _metrics(self, event: Event) -> Iterator[tuple[str, float, int]]:
        kind = event["event"]
        if kind in ("step", "epoch"):
            self.step = event["step"]
        prefix = {"step": "", "epoch": "epoch.", "trained": "training."}.get(kind)
        values = {} if prefix is None else {f"{prefix}{name}": v for name, v in event.items()}
        if kind == "evaluated":
            values = {name: figure["value"] for name, figure in event["figures"].items()}
        for name, value in values.items():
            if isinstance(value, int | float) and name != "step":
                yield name, float(value), self.step

    @contextmanager
    def _excused(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - no server is worth a training run
            if not self.failed:
                self.watch.warn(
                    f"warning: MLflow did not take everything ({_reason(error)}); "
                    "the same command sends what is missing"
                )
            self.failed = True


def _opened(uri: str, experiment: Experiment, watch: Watch) -> Tracker:
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    with extra(HELP):
        from mlflow import MlflowClient
    try:
        client = MlflowClient(tracking_uri=uri)
        run = _run_of(client, experiment.run_id)
        client.update_run(run.info.run_id, status="RUNNING")
    except Exception as error:
        raise EngramError(
            f"MLflow at {covered(uri)} cannot be used: {_reason(error)}.", help=STORES
        ) from error
    return Tracker(client, run, experiment.folder, watch)


def _run_of(client: Any, run_id: str) -> Any:
    """The run of MLflow that stands for a run of engram: the one that is there, or a new one."""
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
    found = client.get_experiment_by_name(name)
    number = found.experiment_id if found else client.create_experiment(name)
    runs = client.search_runs([number], filter_string=f"tags.`{RUN_ID}` = '{run_id}'")
    return runs[0] if runs else client.create_run(number, tags={RUN_ID: run_id}, run_name=run_id)


def _params(start: Event) -> Iterator[tuple[str, Any]]:
    """What was chosen: MLflow compares runs by these."""
    yield "model", start.get("model")
    for name, value in start.get("recipe", {}).items():
        if value is not None:
            yield name, value
    for split, rows in start.get("rows", {}).items():
        yield f"rows.{split}", rows


def _tags(start: Event) -> Iterator[tuple[str, Any]]:
    """What it was made from: every link of the chain."""
    for name, value in start.items():
        if isinstance(value, str) and name not in ("event", "model"):
            yield name if name.startswith("engram") else f"engram.{name}", value


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _reason(error: Exception) -> str:
    """In one line, without a password that a URI may hold."""
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return covered(first if len(first) <= 200 else first[:200] + "...").rstrip(".")
