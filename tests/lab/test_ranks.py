"""Two real processes on one machine train and evaluate one run as one process does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engram.compiler import compile_corpora
from tests.lab.conftest import write_corpora

SECONDS = 300
# Seven rows a step: the shares of two ranks are never the same.
SIZES = {"rank": 4, "layers": 2, "batch-size": 7, "learning-rate": 0.01, "rehearsed": 6}
TINY = [f"--{name}={value}" for name, value in SIZES.items()]


@pytest.fixture(params=["mlx", "torch"])
def backend(request: pytest.FixtureRequest) -> str:
    pytest.importorskip(request.param, reason=f"the {request.param} backend is not installed")
    return str(request.param)


def free_port(count: int = 1) -> int:
    """A port that nobody listens on, and so the next ones."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = int(server.getsockname()[1])
        try:
            for more in range(count):
                socket.create_server(("127.0.0.1", port + more)).close()
        except OSError:
            continue
        return port


def launcher(backend: str) -> list[str]:
    """What starts the words after it in two processes."""
    if backend == "mlx":
        port = str(free_port(2))
        return ["mlx.launch", "-n", "2", "--backend", "ring", "--starting-port", port, "--"]
    return ["torchrun", "--nproc-per-node", "2", "--master-port", str(free_port()), "-m"]


def build_in(folder: Path) -> Path:
    """The manifest of a build of four patterns, the same in every folder."""
    corpora = write_corpora(folder / "corpora", holdout="variant", patterns=4)
    return compile_corpora(corpora, folder / "build").manifest_path


def engram(command: str, manifest: Path, model: Path, backend: str, *more: str) -> list[str]:
    flags = [*TINY, "--manifest", str(manifest), "--model", str(model), "--backend", backend]
    return ["engram", command, *flags, *more]


def environment(**more: str) -> dict[str, str]:
    # Two ranks on two cores; more threads would wait for one another.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    root = str(Path(__file__).parents[2])
    return {**os.environ, "PATH": path, "PYTHONPATH": root, "OMP_NUM_THREADS": "1", **more}


def run(words: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        env=environment(**more),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def started(words: list[str], backend: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Rank 0 and rank 1, as the launchers start them, but that no one ends one with the other."""
    port = free_port(2)
    hosts = folder / "hosts.json"
    hosts.write_text(json.dumps([[f"127.0.0.1:{port}"], [f"127.0.0.1:{port + 1}"]]))
    for rank in range(2):
        if backend == "mlx":
            own = {"MLX_RANK": str(rank), "MLX_HOSTFILE": str(hosts)}
        else:
            own = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"}
            own |= {"LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        yield subprocess.Popen(
            [sys.executable, "-m", *words],
            env=environment(**own),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )


def the_run(manifest: Path) -> Path:
    (folder,) = (path for path in (manifest.parent / "runs").iterdir() if path.is_dir())
    return folder


def events(manifest: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (the_run(manifest) / "log.jsonl").open()]


def steps(manifest: Path) -> list[tuple[Any, ...]]:
    """Of every step: which it was, the tokens so far (so which rows), and the loss and drift."""
    found = [event for event in events(manifest) if event["event"] == "step"]
    return [(one["step"], one["epoch"], one["tokens"], one["loss"], one["drift"]) for one in found]


def assert_same_curve(one: Path, other: Path) -> None:
    expected, found = steps(one), steps(other)
    assert [step[:3] for step in found] == [step[:3] for step in expected], "the same rows"
    for step, same in zip(found, expected, strict=True):
        assert step[3:] == pytest.approx(same[3:], rel=2e-3, abs=1e-4)
    assert len(expected) > 4


def test_two_ranks_learn_and_answer_as_one_does(
    tmp_path: Path, tiny_llama: Path, backend: str
) -> None:
    manifests = [build_in(tmp_path / name) for name in ("one", "two")]
    words = [engram("run", m, tiny_llama, backend, "--epochs", "4", "--quick") for m in manifests]
    alone = run([sys.executable, "-m", *words[0]])
    assert alone.returncode == 0, alone.stderr
    many = run([*launcher(backend), *words[1]])
    assert many.returncode == 0, many.stderr
    assert "ranks   2, each with a share of the rows" in many.stderr

    assert_same_curve(*manifests)
    reports = [json.loads((the_run(m) / "report.json").read_bytes()) for m in manifests]
    assert [report["training"]["ranks"] for report in reports] == [1, 2]
    assert reports[1]["chain"]["run_id"] == reports[0]["chain"]["run_id"]
    curves = [report["training"]["curve"] for report in reports]
    assert len(curves[0]) == 4
    for one, other in zip(*curves, strict=True):
        assert other == pytest.approx(one, rel=2e-3)
    answers = [[(a["base"], a["tuned"]) for a in report["answers"]] for report in reports]
    assert answers[1] == answers[0]
    one, two = (report["tuned"] for report in reports)
    same, kl = one["consistency"]["same_answer"], one["locality"]["kl_nats"]
    assert two["consistency"]["same_answer"] == pytest.approx(same, rel=1e-2)
    assert two["locality"]["kl_nats"] == pytest.approx(kl, rel=1e-2)
    files = [sorted(p.name for p in the_run(m).rglob("*")) for m in manifests]
    assert files[1] == files[0], "rank 1 leaves nothing"
    assert [e["event"] for e in events(manifests[1])].count("evaluated") == 1


def test_engram_starts_its_ranks_itself(tmp_path: Path, tiny_llama: Path, backend: str) -> None:
    manifest = build_in(tmp_path)
    words = engram("train", manifest, tiny_llama, backend, "--epochs", "2", "--ranks", "2")
    done = run([sys.executable, "-m", *words])
    assert done.returncode == 0, done.stderr
    assert events(manifest)[0]["ranks"] == 2
    assert done.stderr.count("ranks   2, each with a share of the rows") == 1
    # Without a name of the backend, it is the one that the run was begun with.
    resumed = ["train", "--ranks", "2", "--manifest", str(manifest)]
    again = run([sys.executable, "-m", "engram", *resumed, "--run", the_run(manifest).name])
    assert again.returncode == 0, again.stderr
    assert "Trained before" in again.stderr


def test_ranks_are_not_started_by_a_rank(tmp_path: Path, tiny_llama: Path) -> None:
    words = engram("train", build_in(tmp_path), tiny_llama, "torch", "--ranks", "2")
    done = run([sys.executable, "-m", *words], RANK="0", LOCAL_WORLD_SIZE="2", WORLD_SIZE="2")
    assert done.returncode == 2
    assert "one of several ranks already; leave out --ranks" in done.stderr


def test_a_dead_rank_ends_the_run_and_one_rank_goes_on(
    tmp_path: Path, tiny_llama: Path, backend: str
) -> None:
    whole, broken = (build_in(tmp_path / name) for name in ("whole", "broken"))
    long = ["--epochs", "12"]
    ranks = list(started(engram("train", broken, tiny_llama, backend, *long), backend, tmp_path))
    deadline = time.monotonic() + SECONDS
    while not list(broken.parent.glob("runs/*/checkpoint.safetensors")):
        assert time.monotonic() < deadline
        assert ranks[0].poll() is None, ranks[0].communicate()[1]
        time.sleep(0.05)
    ranks[1].send_signal(signal.SIGKILL)
    killed = time.monotonic()
    _, said = ranks[0].communicate(timeout=SECONDS)
    ranks[1].communicate()
    assert ranks[0].returncode == 2, said
    assert time.monotonic() - killed < 30
    assert said.count("error:") == 1
    assert "Rank 1 is gone" in said
    assert "goes on from the last checkpoint" in said

    assert not (the_run(broken) / "training.json").exists(), "it was killed in time"
    for manifest in (broken, whole):
        done = run([sys.executable, "-m", *engram("train", manifest, tiny_llama, backend, *long)])
        assert done.returncode == 0, done.stderr
    assert any(event["event"] == "resumed" for event in events(broken))
    assert_same_curve(whole, broken)


def test_ranks_of_different_builds_do_not_begin(tmp_path: Path, tiny_llama: Path) -> None:
    pytest.importorskip("mlx", reason="the MLX backend is not installed")
    one, other = build_in(tmp_path / "one"), tmp_path / "other"
    corpora = write_corpora(other / "corpora", holdout="variant", patterns=5)
    compiled = compile_corpora(corpora, other / "build").manifest_path
    for rank, manifest in enumerate((one, compiled)):
        (tmp_path / f"rank{rank}").symlink_to(manifest.parent)
    script = tmp_path / "own.py"
    script.write_text(
        "import os, sys\nfrom engram.cli import main\n"
        f"sys.argv[1:] = ['train', '--model', {str(tiny_llama)!r}, '--manifest',"
        f" {str(tmp_path)!r} + '/rank' + os.environ['MLX_RANK'] + '/manifest.json']\nmain()\n"
    )
    found = run([*launcher("mlx"), sys.executable, str(script)])
    assert "Rank 1 has another build_id than rank 0" in found.stderr
    assert found.stderr.count("error:") == 1
    assert not list(one.parent.glob("runs/*")), "nothing was begun"
