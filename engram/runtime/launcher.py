"""Start one command as several ranks on this machine, as mlx.launch and torchrun would."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from types import FrameType

from engram.runtime.cores import THREAD_SETTINGS, allowed_cores

LOOPBACK = "127.0.0.1"
# The id of the process that launched this one, if it was ``launch`` that did.
PARENT_SETTING = "ENGRAM_LAUNCHER"
# For how many seconds a rank may tidy up once the first has ended.
GRACE = 10.0
WATCH_SECONDS = 1.0


def launch(ranks: int, command: Sequence[str], backend: str) -> tuple[int, list[str]]:
    """Run ``command`` as so many ranks of a backend; they share the cores and talk on the loopback.

    Only the first is heard. Gives its exit code, and what the others last said of those that failed
    before it. If one dies, the first notices by itself; once it has ended, all others are ended.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = _ring(ranks, folder / "hosts.json") if backend == "mlx" else _rendezvous(ranks)
        threads = _threads(ranks)
        said = [None, *(folder / f"rank-{rank}" for rank in range(1, ranks))]
        started = [
            stack.enter_context(_rank(command, threads | own, file))
            for own, file in zip(settings, said)
        ]
        code = _code(started[0])
        lasts = [_last(file) if file and one.poll() else "" for one, file in zip(started, said)]
        return code, [f"rank {rank}: {last}" for rank, last in enumerate(lasts) if last]


def follow_launcher() -> bool:
    """Whether ``launch`` started this process, which is then interrupted once that is gone."""
    parent = os.environ.get(PARENT_SETTING)
    if parent is not None:
        threading.Thread(target=_watch, args=(int(parent),), daemon=True).start()
    return parent is not None


def _ring(ranks: int, hosts: Path) -> list[dict[str, str]]:
    """What mlx.launch tells each rank of MLX's ring, whose addresses are in the file ``hosts``."""
    ring = [[f"{LOOPBACK}:{port}"] for port in _free_ports(ranks)]
    hosts.write_text(json.dumps(ring), encoding="ascii")
    return [{"MLX_HOSTFILE": str(hosts), "MLX_RANK": str(rank)} for rank in range(ranks)]


def _rendezvous(ranks: int) -> list[dict[str, str]]:
    """What torchrun tells each rank of PyTorch: which one it is, and where all meet."""
    (port,) = _free_ports(1)
    meeting = {"MASTER_ADDR": LOOPBACK, "MASTER_PORT": str(port)}
    sizes = dict.fromkeys(("WORLD_SIZE", "LOCAL_WORLD_SIZE"), str(ranks))
    return [
        meeting | sizes | dict.fromkeys(("RANK", "LOCAL_RANK"), str(rank)) for rank in range(ranks)
    ]


def _threads(ranks: int) -> dict[str, str]:
    """The cores, shared out, unless the user has said how many threads there are."""
    if any(name in os.environ for name in THREAD_SETTINGS):
        return {}
    return {"OMP_NUM_THREADS": str(max(1, allowed_cores() // ranks))}


@contextmanager
def _rank(
    command: Sequence[str], settings: Mapping[str, str], said: Path | None
) -> Iterator[subprocess.Popen[bytes]]:
    """One rank, for as long as the context lasts and ``GRACE`` more; heard unless it has a file.

    Each has a session of its own, so that Ctrl-C reaches the launcher alone, which passes it on.
    """
    silent = subprocess.DEVNULL
    with said.open("wb") if said else nullcontext() as file:
        process = subprocess.Popen(  # noqa: S603 - the command of this very process
            command,
            env={**os.environ, PARENT_SETTING: str(os.getpid()), **settings},
            stdin=silent,
            stdout=silent if said else None,
            stderr=file,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _code(first: subprocess.Popen[bytes]) -> int:
    """The exit code of the first rank. A signal to this process becomes one to that rank."""

    def pass_on(number: int, _: FrameType | None) -> None:
        first.send_signal(number)

    heeded = (signal.SIGINT, signal.SIGTERM)
    before = {one: signal.signal(one, pass_on) for one in heeded}
    try:
        code = first.wait()
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    return 128 - code if code < 0 else code


def _last(said: Path) -> str:
    """The last line that a rank wrote, if it wrote any."""
    lines = said.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGTERM)  # what a shell started in the background ignores the first


def _free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on."""
    with ExitStack() as stack:
        doors = [stack.enter_context(socket.socket()) for _ in range(count)]
        for door in doors:
            door.bind((LOOPBACK, 0))
        return [door.getsockname()[1] for door in doors]
