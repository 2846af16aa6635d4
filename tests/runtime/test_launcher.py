"""Several ranks of one command on this machine: what each is told, and how they end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from engram.runtime.cores import THREAD_SETTINGS
from engram.runtime.launcher import launch

TELL = """
import json, os, pathlib, sys
hosts = os.environ.get("MLX_HOSTFILE")
told = dict(os.environ)
told["hosts"] = hosts and json.loads(pathlib.Path(hosts).read_text())
pathlib.Path(sys.argv[1]).write_text(json.dumps(told))
"""
# Writes its process id, then follows the launcher and waits for a signal.
WAIT = """
import os, pathlib, sys, time
from engram.runtime.launcher import follow_launcher
follow_launcher()
place = pathlib.Path(sys.argv[1], os.environ["RANK"])
place.with_suffix(".new").write_text(str(os.getpid()))
place.with_suffix(".new").rename(place)
try:
    time.sleep(60)
except KeyboardInterrupt:
    sys.exit(130)
"""
LAUNCH = """
import sys
from engram.runtime.launcher import launch
sys.exit(launch(2, [sys.executable, "-c", sys.argv[1], sys.argv[2]], "torch")[0])
"""


def command(script: str, *rest: str) -> list[str]:
    return [sys.executable, "-c", script, *rest]


def told(backend: str, place: Path) -> dict[str, Any]:
    """What one rank of a backend finds in its environment."""
    assert launch(1, command(TELL, str(place)), backend) == (0, [])
    found: dict[str, Any] = json.loads(place.read_text())
    return found


def test_a_rank_of_mlx_is_told_of_the_ring_and_of_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*THREAD_SETTINGS, "WORLD_SIZE", "RANK"):
        monkeypatch.delenv(name, raising=False)
    found = told("mlx", tmp_path / "told")
    assert found["MLX_RANK"] == "0"
    ((address,),) = found["hosts"]
    assert address.startswith("127.0.0.1:")
    assert int(found["OMP_NUM_THREADS"]) >= 1
    assert found["ENGRAM_LAUNCHER"] == str(os.getpid())
    assert not {"WORLD_SIZE", "RANK"} & found.keys()


def test_a_rank_of_torch_is_told_where_all_meet(tmp_path: Path) -> None:
    found = told("torch", tmp_path / "told")
    assert (found["RANK"], found["LOCAL_RANK"], found["WORLD_SIZE"]) == ("0", "0", "1")
    assert found["MASTER_ADDR"] == "127.0.0.1"
    assert int(found["MASTER_PORT"]) > 0
    assert "MLX_RANK" not in found


def test_threads_that_the_user_has_set_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert told("mlx", tmp_path / "told")["OMP_NUM_THREADS"] == "7"


def test_the_first_rank_alone_is_heard_and_others_that_failed_are_quoted(
    capfd: pytest.CaptureFixture[str],
) -> None:
    script = """
import os, sys, time
print("rank", os.environ["RANK"])
if os.environ["RANK"] == "1":
    print("starting\\nno memory for this", file=sys.stderr)
    sys.exit(2)
time.sleep(2)
sys.exit(5)
"""
    assert launch(2, command(script), "torch") == (5, ["rank 1: no memory for this"])
    assert capfd.readouterr() == ("rank 0\n", "")


def test_once_the_first_has_ended_the_others_are_ended(tmp_path: Path) -> None:
    script = "import os, time; time.sleep(60 if os.environ['RANK'] == '1' else 0)"
    before = time.monotonic()
    assert launch(2, command(script), "torch") == (0, [])
    assert time.monotonic() - before < 30


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_what_ends_the_launcher_ends_every_rank(tmp_path: Path, number: signal.Signals) -> None:
    launcher = subprocess.Popen(command(LAUNCH, WAIT, str(tmp_path)))
    ranks = [tmp_path / "0", tmp_path / "1"]
    try:
        wait_until(lambda: all(rank.exists() for rank in ranks))
        launcher.send_signal(number)
        assert launcher.wait(30) == (130 if number == signal.SIGINT else -number)
        wait_until(lambda: not any(alive(int(rank.read_text())) for rank in ranks))
    finally:
        launcher.kill()
        launcher.wait()


def wait_until(holds: object) -> None:
    limit = time.monotonic() + 30
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < limit
        time.sleep(0.05)


def alive(process: int) -> bool:
    """Whether a process runs; one that nobody has waited for does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
