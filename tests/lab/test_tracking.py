"""Runs in MLflow: the real package, with a store in a folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mlx", reason="an experiment needs the run extra")

from engram import lab
from engram.cli import cli
from engram.cli.exits import exit_code_of
from engram.core.errors import EngramError
from engram.core.recipe import Recipe
from engram.lab.log import events_in
from engram.lab.tracking import tracked
from tests.lab.conftest import SETTINGS
from tests.lab.test_log import KILLED

MISSING = "The Python package mlflow is not installed"


def test_a_missing_package_is_named_before_anything_is_done(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    for command in ("run", "train", "eval"):
        given = [command, "--manifest", str(manifest), "--mlflow", "http://127.0.0.1:9"]
        assert exit_code_of(lambda: cli.main(given, standalone_mode=False)) == 2  # noqa: B023
        err = capsys.readouterr().err
        assert MISSING in err
        assert "pip install 'engram[mlflow]'" in err
    assert not (manifest.parent / "runs").exists()
    with pytest.raises(EngramError, match=MISSING):
        lab.run(manifest, mlflow="http://127.0.0.1:9")


def test_mlflow_is_not_imported_unless_it_is_asked_for() -> None:
    program = "import sys, engram.lab, engram.cli.run; assert 'mlflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)


class Store:
    """A store in a folder, and what the only run in it shows."""

    def __init__(self, folder: Path) -> None:
        self.uri = f"file:{folder}"

    @property
    def client(self) -> Any:
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=self.uri)

    @property
    def run(self) -> Any:
        number = self.client.get_experiment_by_name("engram").experiment_id
        (run,) = self.client.search_runs([number])
        return run

    def history(self, name: str) -> list[tuple[int, float]]:
        found = self.client.get_metric_history(self.run.info.run_id, name)
        return [(point.step, point.value) for point in found]

    def artifacts(self) -> set[str]:
        return {item.path for item in self.client.list_artifacts(self.run.info.run_id)}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    pytest.importorskip("mlflow", reason="tracking needs the mlflow extra")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)
    return Store(tmp_path / "mlruns")


def go(manifest: Path, recipe: Recipe, uri: str | None, watch: Any = None) -> lab.Outcome:
    return lab.run(manifest, recipe, settings=SETTINGS, offline=True, mlflow=uri, watch=watch)


def test_a_run_shows_its_recipe_steps_epochs_figures_and_reports(
    manifest: Path, tiny_recipe: Recipe, store: Store
) -> None:
    outcome = go(manifest, tiny_recipe, store.uri)
    report, data = outcome.report, store.run.data
    assert store.run.info.status == "FINISHED"
    assert data.params["rank"] == "4"
    assert data.params["learning_rate"] == "0.002"
    assert data.params["model"] == "llama"
    assert data.tags["engram.run_id"] == report.chain.run_id
    assert data.tags["engram.data"] == report.chain.data
    losses = [(point.step, point.loss) for point in report.training.losses]
    assert store.history("loss") == losses
    assert [value for _, value in store.history("epoch.recall")] == [
        point.recall for point in report.training.curve
    ]
    assert data.metrics["recall"] == report.tuned.probes["recall"].accuracy
    assert data.metrics["latency.answer_ms.p95"] == report.tuned.latency.answer_ms.p95
    assert store.history("recall")[0][0] == report.training.steps
    assert {"report.json", "report.md", "comparison.json", "log.jsonl"} <= store.artifacts()


def test_a_run_that_was_made_without_mlflow_can_be_sent_later(
    manifest: Path, tiny_recipe: Recipe, store: Store
) -> None:
    report = go(manifest, tiny_recipe, None).report
    for _ in range(2):
        assert go(manifest, tiny_recipe, store.uri).report == report
    assert len(store.history("loss")) == report.training.steps
    assert len(store.history("recall")) == 1


def test_a_run_that_is_killed_and_goes_on_is_one_run_with_every_step_once(
    manifest: Path, tiny_recipe: Recipe, tiny_llama: Path, store: Store
) -> None:
    settings = {"epochs": 2, "layers": 2, "rank": 4, "batch_size": 8}
    recipe = lab.recipe(str(tiny_llama), **settings)
    program = [sys.executable, "-c", KILLED, str(manifest), str(tiny_llama), "3"]
    assert subprocess.run(program, check=False, capture_output=True).returncode == -9
    experiment = lab.open_experiment(manifest, recipe)

    class Interrupter(lab.watch.Nobody):
        def advance(self, done: int, note: str = "") -> None:
            if note.startswith("epoch 2"):
                raise KeyboardInterrupt

    watch = Interrupter()
    with pytest.raises(KeyboardInterrupt), tracked(store.uri, experiment, watch) as follower:
        lab.train(experiment, watch, follower)
    assert store.run.info.status == "KILLED"
    report = go(manifest, recipe, store.uri).report
    assert [step for step, _ in store.history("loss")] == list(range(1, report.training.steps + 1))
    assert store.run.info.status == "FINISHED"


def test_what_mlflow_did_not_take_costs_no_training_and_is_sent_the_next_time(
    manifest: Path, tiny_recipe: Recipe, store: Store, heard: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionError("refused by http://me:hunter2secret@host.example\nand more")

    with monkeypatch.context() as broken:
        broken.setattr(MlflowClient, "log_batch", refuse)
        report = go(manifest, tiny_recipe, store.uri, heard).report
    (warning,) = {line for line in heard.lines if "MLflow" in line}
    assert "did not take everything (refused by" in warning
    assert "hunter2secret" not in warning
    assert store.run.data.metrics == {}
    go(manifest, tiny_recipe, store.uri)
    assert len(store.history("loss")) == report.training.steps
    assert store.run.data.metrics["recall"] == report.tuned.probes["recall"].accuracy


@pytest.mark.parametrize("uri", ["nonsense://x", "http://127.0.0.1:9"])
def test_an_mlflow_that_is_not_there_is_told_before_anything_is_trained(
    uri: str,
    manifest: Path,
    tiny_recipe: Recipe,
    store: Store,
    heard: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(EngramError, match=f"MLflow at {uri} cannot be used") as error:
        go(manifest, tiny_recipe, uri, heard)
    assert heard.stages == []
    assert "\n" not in error.value.message


def test_the_command_line_sends_a_run_too(
    manifest: Path, tiny_llama: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = ["--manifest", str(manifest), "--model", str(tiny_llama), "--quick"]
    chosen += ["--epochs", "1", "--layers", "1", "--rank", "2", "--mlflow", store.uri]
    for command in ("train", "eval"):
        given = [command, *chosen]
        assert exit_code_of(lambda: cli.main(given, standalone_mode=False)) == 0  # noqa: B023
    folder = next(manifest.parent.glob("runs/*"))
    assert store.run.data.tags["engram.events"] == str(len(list(events_in(folder))))
    assert "recall" in store.run.data.metrics
    assert "report.json" in store.artifacts()
