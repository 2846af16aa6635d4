"""Work that is stopped goes on: by Ctrl-C, by a kill, and beside another engram."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("mlx", reason="running needs the run extra")

from engram.compiler import compile_corpora
from tests.lab.conftest import write_corpora
from tests.tiny import tiny_model

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")

# So many steps, and none spared by learning early, that a signal comes before the last of them.
FLAGS = (
    *("--preset", "classic", "--iters", "800"),
    *("--layers", "2", "--rank", "4", "--batch-size", "4"),
)


INTERRUPTED_IMPORT = """
import runpy, sys
class Interrupt:
    def find_spec(self, name, *_):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
sys.argv = ["engram", "compile", "corpora"]
runpy.run_module("engram", run_name="__main__")
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models") / "llama")


def make(folder: Path) -> Path:
    corpora = write_corpora(folder / "corpora", patterns=20)
    return compile_corpora(corpora, folder / "build").manifest_path


def start(manifest: Path, model: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "engram", "train", "--manifest", manifest, "--model", model]
    return subprocess.Popen(
        [*map(str, command), *FLAGS],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_a_checkpoint(manifest: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not list(manifest.parent.glob("runs/*/checkpoint.safetensors")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def adapter(manifest: Path) -> bytes:
    (path,) = manifest.parent.glob("runs/*/adapter/adapters.safetensors")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_stopped_training_goes_on_to_the_same_adapter(
    tmp_path: Path, model: Path, sent: signal.Signals, code: int
) -> None:
    whole, parts = make(tmp_path / "whole"), make(tmp_path / "parts")
    process = start(parts, model)
    wait_for_a_checkpoint(parts, process)
    process.send_signal(sent)
    _, err = process.communicate()
    assert process.returncode == code
    assert "Traceback" not in err
    for manifest in (whole, parts):
        done = start(manifest, model)
        _, err = done.communicate()
        assert done.returncode == 0, err
    assert adapter(parts) == adapter(whole)
    assert not list(parts.parent.glob("runs/*/checkpoint.safetensors"))


def test_two_at_once_train_once(tmp_path: Path, model: Path) -> None:
    manifest = make(tmp_path)
    both = [start(manifest, model) for _ in range(2)]
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("Trained before" in err for _, err in said) == 1
    (path,) = manifest.parent.glob("runs/*/training.json")
    assert json.loads(path.read_bytes())["steps"] == 800


@pytest.mark.parametrize("module", ["click", "engram.cli.exits", "engram.cli.compile", "pydantic"])
def test_ctrl_c_while_engram_starts_is_no_traceback(tmp_path: Path, module: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED_IMPORT.format(module=module)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
