"""Runs engram commands, each in a process of its own; says what became of it and what it cost.

Started as ``python -m tests.warden``; takes a JSON list of commands (lists of arguments) on
standard input and answers with a line of JSON for each. What engram imports is imported once,
before the processes fork, and counted as part of the cost of each.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

# What no command should come near: the machine is protected even from one that runs away.
CPU_SECONDS = 20
ADDRESS_SPACE = 3 << 30


@dataclass(frozen=True)
class Outcome:
    """How a command ended (minus the signal, if by one), what it printed, and what it cost."""

    code: int
    output: str
    seconds: float
    megabytes: float


def outcomes(commands: list[list[str]], folder: Path) -> list[Outcome]:
    """What becomes of these engram commands, run one after the other in ``folder``."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.warden"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=json.dumps(commands).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return [Outcome(**json.loads(line)) for line in done.stdout.splitlines()]


def _watch(arguments: list[str], started: float) -> Outcome:
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            _run(arguments, output.fileno())
        _, status, cost = os.wait4(child, 0)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    seconds = started + cost.ru_utime + cost.ru_stime
    kilobytes = cost.ru_maxrss // (1024 if sys.platform == "darwin" else 1)
    return Outcome(os.waitstatus_to_exitcode(status), text, seconds, kilobytes / 1024)


def _run(arguments: list[str], output: int) -> None:
    from engram.cli import main

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv = ["engram", *arguments]
    try:
        main()
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(end.code or 0))
    os._exit(99)


def _serve() -> None:
    import engram.cli.compile
    import engram.cli.validate
    import engram.compiler
    import engram.compiler.content.texts
    import engram.compiler.tables
    import engram.files.json_text
    import engram.report.findings  # noqa: F401 - everything that a command needs, before any forks

    started = time_used()
    for arguments in json.loads(sys.stdin.read()):
        print(json.dumps(asdict(_watch(arguments, started))), flush=True)


def time_used() -> float:
    """The processor time of this process, in seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    _serve()
