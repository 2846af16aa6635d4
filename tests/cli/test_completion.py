"""What a shell completes, asked of real shells where they are installed."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engram.compiler.rules import RULES
from engram.lab.presets import PRESETS
from engram.models import MODELS
from tests.cli.tree import commands

BIN = Path(sys.executable).parent
RUN = "1a" * 8
ASK = """
source <("$1/engram" completion bash)
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
compopt() { echo "compopt $1 $2"; }
_engram_completion engram
printf '%s\\n' "${COMPREPLY[@]}"
"""

pytestmark = pytest.mark.skipif(
    not (BIN / "engram").exists(), reason="engram is not installed beside this Python"
)
needs_bash = pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENGRAM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    for build in ("build", "other"):
        for name in (RUN if build == "build" else "2b" * 8, "no-run"):
            (tmp_path / build / "runs" / name).mkdir(parents=True)


def bash(*words: str) -> list[str]:
    """What bash offers in place of the last word."""
    asked = ["bash", "--norc", "-c", ASK, "bash", str(BIN), "engram", *words]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[:-1]


@needs_bash
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["val"], ["validate"]),
        ([""], [name for name in commands() if " " not in name]),
        (["runs", "re"], ["remove"]),
        (["compile", "--loc"], ["--locked"]),
        (["compile", "corp"], ["compopt -o default", ""]),
        (["init", "x"], ["compopt -o dirnames", ""]),
        (["validate", "--format", "s"], ["sarif"]),
        (["run", "--preset", ""], list(PRESETS)),
        (["run", "--backend", "m"], ["mlx"]),
        (["run", "--model", "smol"], [name for name in MODELS if name.startswith("smol")]),
        (["models", "pull", "phi"], ["phi-2"]),
        (["models", "pull", "./"], ["compopt -o dirnames", ""]),
        (["explain", "ENG20"], sorted(code for code in RULES if code.startswith("ENG20"))),
        (["explain", "retyped"], ["retyped-value"]),
        (["validate", "--ignore", "ENG501"], ["ENG501"]),
        (["runs", "show", "1"], [RUN]),
        (["runs", "remove", RUN, ""], [RUN]),
        (["eval", "--run", ""], [RUN]),
        (["eval", "--manifest", "other/manifest.json", "--run", ""], ["2b" * 8]),
        (["runs", "--manifest", "other/manifest.json", "show", ""], ["2b" * 8]),
        (["eval", "--compare", RUN, ""], [RUN]),
    ],
)
def test_bash_completes(words: list[str], offered: list[str]) -> None:
    assert bash(*words) == offered


@needs_bash
def test_a_tab_in_an_interactive_bash_completes_the_line() -> None:
    terminal, inside = pty.openpty()
    shell = subprocess.Popen(
        ["bash", "--norc", "-i"], stdin=inside, stdout=inside, stderr=inside, start_new_session=True
    )
    os.close(inside)
    try:
        ready = "source <(engram completion bash); PS1='$ '; bind 'set bell-style none'; clear\n"
        os.write(terminal, ready.encode())
        _read(terminal, until="$ ")
        os.write(terminal, b"engram expl\t")
        assert "engram explain " in _read(terminal, until="explain ")
    finally:
        shell.kill()
        shell.wait()
        os.close(terminal)


def _read(terminal: int, until: str, seconds: float = 60) -> str:
    """The last line on the screen once it ends so."""
    output, end = "", time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.5)[0]:
            output += os.read(terminal, 65536).decode("utf-8", "replace")
            # Clearing begins a new screen.
            output = output.rpartition("\x1b[2J")[2]
            if output.endswith(until):
                break
    return output


@pytest.mark.parametrize(
    ("shell", "check"), [("bash", ["-n"]), ("zsh", ["-n"]), ("fish", ["--no-execute"])]
)
def test_every_shell_takes_its_script(shell: str, check: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [BIN / "engram", "completion", shell], capture_output=True, text=True, check=True
    )
    assert f"_ENGRAM_COMPLETE={shell}_complete" in done.stdout
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_text(done.stdout)
    subprocess.run([shell, *check, script], check=True)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_zsh_and_fish_are_given_the_summaries_too(
    shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As their scripts ask, whether or not the shells are installed."""
    monkeypatch.setenv("COMP_WORDS", "engram val")
    monkeypatch.setenv("COMP_CWORD", {"zsh": "1", "fish": "val"}[shell])
    monkeypatch.setenv("_ENGRAM_COMPLETE", f"{shell}_complete")
    done = subprocess.run([BIN / "engram"], capture_output=True, text=True, check=True)
    assert "validate" in done.stdout
    assert "Check corpora" in done.stdout


def test_the_shell_is_that_of_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/fish")
    ask = [BIN / "engram", "completion"]
    assert "fish_complete" in subprocess.check_output(ask, text=True)
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert subprocess.run(ask, capture_output=True, check=False).returncode == 2


def test_completing_imports_nothing_numeric_and_no_command() -> None:
    program = """
import sys
from engram.cli import cli
from click.shell_completion import BashComplete
ask = lambda *args: BashComplete(cli, {}, "engram", "_ENGRAM_COMPLETE").get_completions(*args)
assert [item.value for item in ask([], "val")] == ["validate"]
assert "engram.cli.validate" not in sys.modules
for args in (["run", "--preset"], ["run", "--model"], ["runs", "show"], ["explain"]):
    assert ask(args, ""), args
assert not {"numpy", "mlx", "torch", "engram.lab"} & set(sys.modules)
"""
    Path("build/runs", RUN).mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-c", program], check=True)
