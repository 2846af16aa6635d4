"""Where activations are kept changes no bit of training, and a full disk only its speed."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.core.training import Training
from tests.backends.rows import make_rows, small_recipe

mx = pytest.importorskip("mlx.core")
kept = pytest.importorskip("engram.backends.kept")
MlxForm = pytest.importorskip("engram.backends.mlx.form").MlxForm

KILLED = """
import os, signal, sys
from pathlib import Path
from engram.backends import kept
from engram.backends.mlx.form import MlxForm
import mlx.core as mx

kept.IN_MEMORY = 0
place = kept.place_for([2, 3], 4, MlxForm(mx.float32), Path(sys.argv[1]))
place.put(1, mx.ones((3, 4)))
print(type(place).__name__, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
Shapes = st.lists(st.integers(1, 5), min_size=1, max_size=8)


def nothing(_: object) -> None:
    """Watch nothing."""


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "IN_MEMORY", 0)


def trained(llama: Any, folder: Path, notes: list[str], **changes: Any) -> Training:
    recipe = small_recipe(**changes)
    rows, valid = make_rows(10), make_rows(3, seed=4)
    training = llama.train(
        rows, valid, recipe, folder, nothing, rehearsed=[(7, 8, 9)], on_note=notes.append
    )
    assert isinstance(training, Training)
    return training


def adapter_in(folder: Path) -> bytes:
    return (folder / "adapter/adapters.safetensors").read_bytes()


def open_files(folder: Path) -> list[str]:
    """The files below ``folder`` that this process has open, nameless ones too."""
    paths = (os.path.realpath(path) for path in Path("/proc/self/fd").iterdir())
    return [path for path in paths if path.startswith(str(folder))]


@given(Shapes, st.integers(1, 4), st.sampled_from(["float32", "bfloat16", "float16"]))
def test_what_is_put_in_comes_out_to_the_bit(lengths: list[int], width: int, name: str) -> None:
    dtype = getattr(mx, name)
    states = [
        mx.random.normal((length, width), key=mx.random.key(row)).astype(dtype)
        for row, length in enumerate(lengths)
    ]
    form = MlxForm(dtype)
    on_disk = kept.OnDisk(Path(tempfile.gettempdir()), lengths, width, form)
    places = [kept.InMemory(form), on_disk]
    for place in places:
        for row in reversed(range(len(lengths))):
            place.put(row, states[row])
        for row, state in enumerate(states):
            found = place.get(row)
            assert (found.dtype, found.shape) == (dtype, state.shape)
            assert mx.array_equal(found, state)


def test_training_does_not_depend_on_where_it_is_kept(
    llama: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[str] = []
    memory = trained(llama, tmp_path / "memory", notes)
    assert type(llama.trained.states.kept).__name__ == "InMemory"
    monkeypatch.setattr(kept, "IN_MEMORY", 0)
    disk = trained(llama, tmp_path / "disk", notes)
    assert type(llama.trained.states.kept).__name__ == "OnDisk"
    monkeypatch.setattr(kept, "SPARE", 2**62)
    assert notes == []
    computed = trained(llama, tmp_path / "computed", notes)
    assert llama.trained is None
    assert disk.losses == memory.losses
    assert disk.curve == memory.curve
    assert adapter_in(tmp_path / "disk") == adapter_in(tmp_path / "memory")
    losses = [[point.loss for point in one.losses] for one in (computed, memory)]
    np.testing.assert_allclose(*losses, rtol=1e-5)
    (note,) = notes
    assert re.search(r"too little room\): it is computed anew at every step", note)


@pytest.mark.usefixtures("on_disk")
def test_a_stopped_run_goes_on_to_the_same_bits(llama: Any, tmp_path: Path) -> None:
    trained(llama, tmp_path / "whole", [])

    def stop(step: Any) -> None:
        if step.step == 5:
            raise KeyboardInterrupt

    rows, folder = make_rows(10), tmp_path / "parts"
    with pytest.raises(KeyboardInterrupt):
        llama.train(rows, make_rows(3, seed=4), small_recipe(), folder, stop, rehearsed=[(7, 8, 9)])
    trained(llama, folder, [])
    assert adapter_in(folder) == adapter_in(tmp_path / "whole")


@pytest.mark.usefixtures("on_disk")
@pytest.mark.skipif(sys.platform != "linux", reason="open files are listed in /proc")
def test_the_file_is_gone_with_who_reads_it(llama: Any, tmp_path: Path) -> None:
    trained(llama, tmp_path, [])
    assert len(open_files(tmp_path)) == 1
    assert {path.name for path in tmp_path.iterdir()} == {
        "adapter", "best.safetensors", "checkpoint.safetensors",
    }  # fmt: skip
    trained(llama, tmp_path / "next", [])
    assert [Path(path).parent.name for path in open_files(tmp_path)] == ["next"]


def test_whoever_is_killed_leaves_no_file(tmp_path: Path) -> None:
    program = [sys.executable, "-c", KILLED, str(tmp_path)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (-9, "OnDisk\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("on_disk")
@pytest.mark.parametrize("rows", [0, 3])
def test_a_disk_that_fills_up_is_told_once_and_changes_only_the_speed(
    llama: Any, tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = trained(llama, tmp_path / "before", [])
    room = iter(range(rows))
    write = os.pwrite

    def full(handle: int, data: bytes, offset: int) -> int:
        if next(room, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(handle, data[:7] if len(data) > 7 else data, offset)

    monkeypatch.setattr(kept, "os", fake_os(pwrite=full))
    notes: list[str] = []
    after = trained(llama, tmp_path / "after", notes)
    assert len(notes) == 1
    assert "No space left on device" in notes[0]
    losses = [[point.loss for point in one.losses] for one in (before, after)]
    np.testing.assert_allclose(*losses, rtol=1e-5)


@pytest.mark.usefixtures("on_disk")
@pytest.mark.parametrize("fault", ["broken", "short"])
def test_a_file_that_cannot_be_read_is_told_once_and_changes_only_the_speed(
    llama: Any, tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = trained(llama, tmp_path / "before", [])
    reads: Iterator[int] = iter(range(20))
    read = os.pread

    def fails(handle: int, size: int, offset: int) -> bytes:
        if next(reads, None) is not None:
            return read(handle, min(size, 100), offset)
        if fault == "short":
            return b""
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(kept, "os", fake_os(pread=fails))
    notes: list[str] = []
    after = trained(llama, tmp_path / "after", notes)
    assert len(notes) == 1
    losses = [[point.loss for point in one.losses] for one in (before, after)]
    np.testing.assert_allclose(*losses, rtol=1e-5)


def fake_os(**changes: Any) -> SimpleNamespace:
    return SimpleNamespace(**{**vars(os), **changes})


@pytest.mark.usefixtures("on_disk")
def test_what_is_used_once_is_not_worth_a_file(llama: Any, tmp_path: Path) -> None:
    notes: list[str] = []
    trained(llama, tmp_path, notes, epochs=None, iters=2)
    assert llama.trained is None
    assert notes == []
