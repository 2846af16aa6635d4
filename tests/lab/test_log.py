"""The log of a run: always there, whole lines, every step once, whatever was killed when."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engram.backends.base import Lowered, Step
from engram.compiler import compile_corpora
from engram.core.errors import EngramError
from engram.core.training import EpochPoint
from engram.lab.log import LOG, Log, NoFollower, events_in
from tests.lab.conftest import write_corpora
from tests.report.factories import make_recipe, make_report, make_training

KILLED = """
import os, signal, sys
from pathlib import Path
from engram import lab
from engram.backends import loop
from engram.lab.watch import Nobody

class Killer(Nobody):
    def advance(self, done, note=""):
        self.steps = getattr(self, "steps", 0) + bool(note)
        if self.steps == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)

loop.CHECKPOINT_STEPS = 2
if len(sys.argv) == 5:
    from engram.backends.plan import Schedule
    Schedule.rate = lambda _, step, done: 1e30 if (step, done < 0.5) == (4, True) else 1e-3
recipe = lab.recipe(sys.argv[2], epochs=2, layers=2, rank=4, batch_size=8)
lab.train(lab.open_experiment(Path(sys.argv[1]), recipe, backend="mlx"), Killer())
"""


def make_experiment(folder: Path, model: str = "smollm2-135m") -> Any:
    return SimpleNamespace(
        folder=folder,
        run_id="ab12",
        build=SimpleNamespace(manifest=SimpleNamespace(build_id="b" * 64)),
        model=SimpleNamespace(name=model),
        backend=SimpleNamespace(device="cpu"),
        ranks=SimpleNamespace(size=2),
        question={"data": "c" * 64},
        recipe=make_recipe(),
        rows=lambda split: [split],
    )


def make_step(number: int, loss: float = 2.5) -> Step:
    return Step(number, 1 + number // 10, loss, 0.25, 8, 8 * number, 800, 1e-3, 100 * number, 0.5)


def opened(folder: Path) -> Log:
    return Log(make_experiment(folder), NoFollower())


def numbers(folder: Path, kind: str) -> list[int]:
    return [event[kind] for event in events_in(folder) if event["event"] == kind]


def whole_lines(folder: Path) -> list[dict[str, Any]]:
    data = (folder / LOG).read_bytes()
    assert data.endswith(b"\n")
    assert data.isascii()
    return [json.loads(line) for line in data.splitlines()]


def test_the_log_begins_with_what_is_trained_and_how(tmp_path: Path) -> None:
    log = opened(tmp_path)
    assert not (tmp_path / LOG).exists()
    log.step(make_step(1))
    start, step = whole_lines(tmp_path)
    assert (start["event"], start["log"], start["data"]) == ("start", 1, "c" * 64)
    assert start["recipe"]["rank"] == 16
    assert start["ranks"] == 2
    assert start["rows"] == {"train": 1, "valid": 1, "test": 1}
    assert step == {
        "event": "step",
        "step": 1,
        "epoch": 1,
        "loss": 2.5,
        "drift": 0.25,
        "learning_rate": 1e-3,
        "tokens": 100,
        "seconds": 0.5,
    }


def test_a_model_in_a_folder_is_called_by_the_name_of_its_folder(tmp_path: Path) -> None:
    log = Log(make_experiment(tmp_path, "/home/somebody/llama"), NoFollower())
    log.step(make_step(1))
    assert whole_lines(tmp_path)[0]["model"] == "llama"
    assert b"somebody" not in (tmp_path / LOG).read_bytes()


def test_a_loss_that_ran_away_is_null(tmp_path: Path) -> None:
    opened(tmp_path).step(make_step(1, float("nan")))
    assert whole_lines(tmp_path)[1]["loss"] is None


def test_epochs_the_end_and_the_figures_follow(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.step(make_step(1))
    log.epoch(EpochPoint(epoch=1, loss=1.9, recall=0.2, valid_loss=None))
    log.trained(make_training())
    opened(tmp_path).evaluated(make_report())
    *_, epoch, trained, evaluated = whole_lines(tmp_path)
    assert epoch == {
        "event": "epoch",
        "epoch": 1,
        "loss": 1.9,
        "recall": 0.2,
        "valid_loss": None,
        "step": 1,
    }
    assert (trained["event"], trained["steps"]) == ("trained", 102)
    assert "losses" not in trained
    assert evaluated["figures"]["recall"] == {"value": 0.9, "n": 100}
    assert evaluated["figures"]["category.greetings"] == {"value": 0.9, "n": 100}
    assert evaluated["figures"]["consistency.phrasing"]["value"] is None


def test_that_training_went_back_is_told_once(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.step(make_step(1))
    log.lowered(Lowered(step=1, epoch=0, learning_rate=5e-4))
    opened(tmp_path).lowered(Lowered(step=1, epoch=0, learning_rate=5e-4))
    (lowered,) = [event for event in whole_lines(tmp_path) if event["event"] == "lowered"]
    assert lowered == {"event": "lowered", "step": 1, "epoch": 0, "learning_rate": 5e-4}


def test_an_older_run_that_is_evaluated_gets_a_log_with_a_start(tmp_path: Path) -> None:
    opened(tmp_path).evaluated(make_report())
    assert [event["event"] for event in whole_lines(tmp_path)] == ["start", "evaluated"]


def test_followers_hear_what_stands_in_the_log(tmp_path: Path) -> None:
    heard: list[Any] = []
    log = Log(make_experiment(tmp_path), SimpleNamespace(heard=heard.append))
    for number in (1, 2):
        log.step(make_step(number))
    assert heard == whole_lines(tmp_path)


def test_steps_that_are_taken_again_are_not_logged_again(tmp_path: Path) -> None:
    log = opened(tmp_path)
    for number in range(1, 8):
        log.step(make_step(number))
    log.epoch(EpochPoint(epoch=1, loss=1.9, recall=0.2, valid_loss=None))
    again = opened(tmp_path)
    for number in range(5, 11):
        again.step(make_step(number))
    again.epoch(EpochPoint(epoch=1, loss=1.9, recall=0.2, valid_loss=None))
    again.epoch(EpochPoint(epoch=2, loss=1.0, recall=0.9, valid_loss=None))
    assert numbers(tmp_path, "step") == list(range(1, 11))
    assert numbers(tmp_path, "epoch") == [1, 2]
    assert [e["step"] for e in whole_lines(tmp_path) if e["event"] == "resumed"] == [4]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.integers(1, 12), st.integers(0, 10_000), st.integers(1, 12))
def test_wherever_the_log_is_torn_every_step_is_there_once(
    tmp_path: Path, steps: int, cut: int, first: int
) -> None:
    (tmp_path / LOG).unlink(missing_ok=True)
    log = opened(tmp_path)
    for number in range(1, steps + 1):
        log.step(make_step(number))
    data = (tmp_path / LOG).read_bytes()
    os.truncate(tmp_path / LOG, len(data) - min(cut, len(data)))
    kept = numbers(tmp_path, "step")
    again = opened(tmp_path)
    # A checkpoint is never ahead of the log: a step is logged before it is saved.
    for number in range(min(first, len(kept) + 1), 15):
        again.step(make_step(number))
    assert numbers(tmp_path, "step") == list(range(1, 15))
    assert whole_lines(tmp_path)[0]["event"] == "start"


def test_lines_that_are_damaged_are_left_and_passed_over(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.step(make_step(1))
    with (tmp_path / LOG).open("ab") as file:
        file.write(b"\xff\n[1]\n" + b"[" * 100_000 + b'\n{"event": 3}\n\n')
    opened(tmp_path).step(make_step(2))
    assert numbers(tmp_path, "step") == [1, 2]


@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
def test_a_log_that_cannot_be_written_says_so(kind: str, tmp_path: Path) -> None:
    path = tmp_path / LOG
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(tmp_path / "elsewhere")
    else:
        os.mkfifo(path)
    with pytest.raises(EngramError, match=r"log\.jsonl cannot be written"):
        opened(tmp_path).step(make_step(1))
    assert not (tmp_path / "elsewhere").exists()


def test_a_run_that_is_killed_and_goes_on_logs_every_step_once(
    tiny_llama: Path, manifest: Path
) -> None:
    pytest.importorskip("mlx", reason="an experiment needs the run extra")
    from engram import lab

    for at in (1, 6, 4):
        program = [sys.executable, "-c", KILLED, str(manifest), str(tiny_llama), str(at)]
        assert subprocess.run(program, check=False, capture_output=True).returncode == -9
    recipe = lab.recipe(str(tiny_llama), epochs=2, layers=2, rank=4, batch_size=8)
    experiment = lab.open_experiment(manifest, recipe, backend="mlx")
    with (experiment.folder / LOG).open("ab") as file:
        file.write(b'{"event": "step", "st')
    training = lab.train(experiment, lab.watch.Nobody())
    events = whole_lines(experiment.folder)
    steps = [event for event in events if event["event"] == "step"]
    assert [event["step"] for event in steps] == list(range(1, training.steps + 1))
    assert [event["loss"] for event in steps] == [point.loss for point in training.losses]
    assert [event["learning_rate"] for event in steps] == [
        point.learning_rate for point in training.losses
    ]
    assert steps[-1]["tokens"] == training.tokens
    epochs = [event for event in events if event["event"] == "epoch"]
    assert [(e["epoch"], e["recall"], e["valid_loss"]) for e in epochs] == [
        (point.epoch, point.recall, point.valid_loss) for point in training.curve
    ]
    assert [event["event"] for event in events].count("start") == 1
    assert events[-1]["event"] == "trained"
    assert str(tiny_llama.parent).encode() not in (experiment.folder / LOG).read_bytes()


def test_a_run_that_is_killed_before_and_after_it_went_back_goes_on_to_the_same_bits(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mlx", reason="an experiment needs the run extra")
    from engram import lab
    from engram.backends.plan import Schedule

    whole, killed = (
        compile_corpora(write_corpora(tmp_path / name / "corpora"), tmp_path / name / "build")
        for name in ("whole", "killed")
    )
    for at in (5, 2, 3):  # before, at and after the fall
        program = [sys.executable, "-c", KILLED, str(killed.manifest_path), str(tiny_llama)]
        done = subprocess.run([*program, str(at), "ruin"], check=False, capture_output=True)
        assert done.returncode == -9
    ruined = (4, True)
    monkeypatch.setattr(
        Schedule, "rate", lambda _, step, done: 1e30 if (step, done < 0.5) == ruined else 1e-3
    )
    recipe = lab.recipe(str(tiny_llama), epochs=2, layers=2, rank=4, batch_size=8)
    found = []
    for build in (whole, killed):
        # PyTorch's last bits were not the same in this process and in those killed; MLX's are.
        experiment = lab.open_experiment(build.manifest_path, recipe, backend="mlx")
        training = lab.train(experiment, lab.watch.Nobody())
        events = whole_lines(experiment.folder)
        assert training.lowered_at == 6
        assert [e["step"] for e in events if e["event"] == "lowered"] == [6]
        steps = [event["step"] for event in events if event["event"] == "step"]
        assert steps == list(range(1, training.steps + 1))
        adapter = (experiment.adapter / "adapters.safetensors").read_bytes()
        found.append((adapter, training.model_dump(exclude={"seconds"})))
    assert found[0] == found[1]
