"""The runs of a build: what each is, also where its files are damaged, odd, or in use."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engram.compiler import compile_corpora
from engram.compiler.verify import read_manifest
from engram.core.errors import EngramError
from engram.core.kept import KeptRun
from engram.lab.runs import Runs
from tests.lab import kept
from tests.lab.conftest import write_corpora

ONE, TWO, THREE, FOUR = (name * 8 for name in ("1a", "2b", "3c", "4d"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


@pytest.fixture
def in_use() -> Iterator[list[int]]:
    handles: list[int] = []
    yield handles
    for handle in handles:
        os.close(handle)


def runs_in(folder: Path) -> dict[str, KeptRun]:
    return {run.id: run for run in Runs(folder.parent / "manifest.json").all}


def lock(folder: Path, handles: list[int]) -> None:
    handles.append(os.open(folder / ".lock", os.O_RDWR))
    fcntl.flock(handles[-1], fcntl.LOCK_EX)


def test_every_run_says_how_it_stands(folder: Path) -> None:
    kept.begin(folder, ONE)
    kept.stop(folder, TWO, step=350)
    kept.train(folder, THREE)
    kept.evaluate(folder, FOUR)
    found = runs_in(folder)
    states = {run.id: (run.state, run.step) for run in found.values()}
    assert states == {
        ONE: ("begun", None),
        TWO: ("stopped", 350),
        THREE: ("trained", None),
        FOUR: ("evaluated", None),
    }
    assert {run.model for run in found.values()} == {"smollm2-135m"}
    assert found[FOUR].probes
    assert found[FOUR].probes["recall"].n == 100
    size = sum(path.stat().st_size for path in (folder / FOUR).rglob("*") if path.is_file())
    assert found[FOUR].bytes == size


def test_the_newest_comes_first(folder: Path) -> None:
    for name, age in ((ONE, 30.0), (TWO, 10.0), (THREE, 20.0)):
        kept.train(folder, name, age=age)
    assert list(runs_in(folder)) == [TWO, THREE, ONE]


def test_no_runs_are_no_error(tmp_path: Path) -> None:
    for manifest in (tmp_path / "manifest.json", tmp_path, tmp_path / "no" / "manifest.json"):
        assert Runs(manifest).all == ()


def test_what_is_no_run_is_not_listed(folder: Path) -> None:
    (folder / "notes; rm -rf $HOME").mkdir()
    (folder / "a file").touch()
    (folder / ".engram-left").mkdir()
    (folder / ONE).touch()
    (folder / "gone").symlink_to(folder / "nowhere")
    assert runs_in(folder) == {}


@pytest.mark.parametrize(
    ("file", "data", "fault"),
    [
        ("recipe.json", b"{", "recipe.json is damaged"),
        ("recipe.json", None, "it has no recipe.json"),
        ("training.json", b"{}", "training.json or adapter/engram.json is damaged"),
        ("adapter/engram.json", b"[1]", "training.json or adapter/engram.json is damaged"),
        ("adapter/engram.json", b"[" * 100_000, "training.json or adapter/engram.json"),
        ("adapter/engram.json", b"{}", "it is incomplete"),
        ("adapter/adapters.safetensors", None, "adapter/adapters.safetensors is missing"),
        ("report.json", b"{}", "SHA256SUMS"),
        ("checkpoint.safetensors", b"", "checkpoint.safetensors"),
        ("checkpoint.safetensors", b"\xff" * 99, "checkpoint.safetensors"),
        ("checkpoint.safetensors", b"\x02" + bytes(7) + b"{}", "where training stands"),
    ],
)
def test_a_damaged_run_is_listed_as_damaged(
    folder: Path, file: str, data: bytes | None, fault: str
) -> None:
    path = kept.evaluate(folder, ONE) / file
    path.unlink(missing_ok=True)
    if data is not None:
        path.write_bytes(data)
    run = runs_in(folder)[ONE]
    assert run.state == "damaged"
    assert fault in run.fault
    assert "\n" not in run.fault


@pytest.mark.parametrize(
    "file", ["recipe.json", "training.json", "report.json", "checkpoint.safetensors"]
)
def test_a_pipe_in_place_of_a_file_is_not_waited_for(folder: Path, file: str) -> None:
    path = kept.evaluate(folder, ONE) / file
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    assert runs_in(folder)[ONE].state == "damaged"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.binary(max_size=40), st.sampled_from(["recipe.json", "training.json", "report.json"]))
def test_any_file_of_a_run_can_be_listed(folder: Path, data: bytes, file: str) -> None:
    if not (folder / ONE).exists():
        kept.evaluate(folder, ONE)
    path = folder / ONE / file
    whole = path.read_bytes()
    path.write_bytes(data)
    assert runs_in(folder)[ONE].state == "damaged"
    path.write_bytes(whole)
    assert runs_in(folder)[ONE].state == "evaluated"


def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    elsewhere = kept.train(tmp_path / "elsewhere", ONE)
    (folder / ONE).symlink_to(elsewhere)
    run = runs_in(folder)[ONE]
    assert (run.state, run.bytes) == ("damaged", 0)
    runs = Runs(tmp_path / "manifest.json")
    assert runs.remove(runs.all) == []
    assert not (folder / ONE).is_symlink()
    assert (elsewhere / "training.json").is_file()


def test_names_are_starts_of_ids_and_all_that_are_none_are_told(folder: Path) -> None:
    kept.train(folder, ONE)
    kept.train(folder, "1a1a" + "0" * 12)
    kept.train(folder, TWO)
    runs = Runs(folder.parent / "manifest.json")
    assert [run.id for run in runs.named(["2b", TWO, "1a1a1"])] == [TWO, ONE]
    with pytest.raises(EngramError) as error:
        runs.named(["2b", "1a1", "zz", ""])
    assert error.value.message.splitlines() == [
        "More than one run begins with '1a1'.",
        "No run begins with 'zz'.",
        "No run begins with ''.",
    ]
    assert TWO in (error.value.help or "")


def test_what_was_trained_on_another_build_is_stale(tmp_path: Path) -> None:
    manifest = compile_corpora(write_corpora(tmp_path / "c"), tmp_path / "b").manifest_path
    kept.train(manifest.parent / "runs", ONE, data=read_manifest(manifest).data)
    kept.train(manifest.parent / "runs", TWO)
    kept.stop(manifest.parent / "runs", THREE)
    begun = json.dumps({"event": "start", "data": "d" * 64}) + "\n"
    (kept.stop(manifest.parent / "runs", FOUR) / "log.jsonl").write_text(begun)
    runs = Runs(manifest)
    assert {run.id: run.current for run in runs.all} == {
        ONE: True,
        TWO: False,
        THREE: None,
        FOUR: False,
    }
    assert {run.id for run in runs.stale()} == {TWO, FOUR}
    manifest.unlink()
    with pytest.raises(EngramError, match="no whole build"):
        Runs(manifest).stale()


def test_a_run_that_is_in_use_is_told_and_left(folder: Path, in_use: list[int]) -> None:
    lock(kept.stop(folder, ONE), in_use)
    kept.train(folder, TWO)
    runs = Runs(folder.parent / "manifest.json")
    assert {run.id: run.busy for run in runs.all} == {ONE: True, TWO: False}
    assert [run.id for run in runs.remove(runs.all)] == [ONE]
    assert [path.name for path in folder.iterdir()] == [ONE]
    assert (folder / ONE / "checkpoint.safetensors").is_file()


def test_the_lock_is_the_one_that_training_takes(folder: Path) -> None:
    filelock = pytest.importorskip("filelock", reason="the run extra brings it")
    kept.stop(folder, ONE)
    with filelock.FileLock(folder / ONE / ".lock"):
        assert runs_in(folder)[ONE].busy
    assert not runs_in(folder)[ONE].busy


def test_what_a_crash_left_of_a_removal_goes_with_the_next(folder: Path) -> None:
    kept.train(folder, ONE)
    (folder / ".engram-left" / "run").mkdir(parents=True)
    runs = Runs(folder.parent / "manifest.json")
    assert runs.remove(runs.all) == []
    assert list(folder.iterdir()) == []


def test_details_hold_recipe_training_files_and_report(folder: Path) -> None:
    kept.evaluate(folder, ONE)
    runs = Runs(folder.parent / "manifest.json")
    details, report = runs.details(runs.all[0])
    assert details.run == runs.all[0]
    assert details.recipe
    assert details.training
    assert report
    names = [file.path for file in details.files]
    assert "adapter/adapters.safetensors" in names
    assert ".lock" not in names
