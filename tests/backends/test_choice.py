"""Which backend is used when nobody asks for one, and why."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engram.backends import choice
from engram.backends.choice import chosen
from engram.core.errors import EngramError

MAC = ("darwin", "arm64")
LINUX = ("linux", "x86_64")


@pytest.mark.parametrize(
    ("machine", "there", "nvidia", "cuda", "name", "why"),
    [
        (LINUX, ["mlx"], False, [], "mlx", "the one installed"),
        (LINUX, ["torch"], True, ["torch"], "torch", "the one installed"),
        (MAC, ["torch"], False, [], "torch", "the one installed"),
        (MAC, ["mlx", "torch"], False, [], "mlx", "Apple"),
        (LINUX, ["mlx", "torch"], False, ["torch"], "mlx", "default on a CPU"),
        (LINUX, ["mlx", "torch"], True, ["torch"], "torch", "it is installed for CUDA"),
        (LINUX, ["mlx", "torch"], True, ["mlx"], "mlx", "it is installed for CUDA"),
        (LINUX, ["mlx", "torch"], True, ["mlx", "torch"], "mlx", "both are installed for CUDA"),
        (LINUX, ["mlx", "torch"], True, [], "mlx", "default on a CPU"),
        (LINUX, [], False, [], "mlx", ""),
    ],
)
def test_auto_goes_by_what_is_installed_and_what_the_machine_has(
    machine: tuple[str, str],
    there: list[str],
    nvidia: bool,
    cuda: list[str],
    name: str,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choice.sys, "platform", machine[0])
    monkeypatch.setattr(choice.platform, "machine", lambda: machine[1])
    monkeypatch.setattr(choice, "installed", lambda backend: backend in there)
    monkeypatch.setattr(choice, "has_nvidia", lambda: nvidia)
    monkeypatch.setattr(choice, "with_cuda", lambda backend: backend in cuda)
    found = chosen()
    assert found.name == name
    assert why in found.why


def test_what_is_asked_for_is_used_without_a_word() -> None:
    assert (chosen("torch").name, chosen("torch").why) == ("torch", "")


def test_a_backend_that_there_is_not_is_told_with_those_that_there_are() -> None:
    with pytest.raises(EngramError, match="no backend 'jax'") as error:
        chosen("jax")
    assert error.value.help == "Known backends: auto, mlx, torch."


@pytest.mark.parametrize("build", ["2.13.0+cpu", "2.13.0+cu126", "2.13.0"])
def test_a_build_of_torch_says_whether_it_is_for_cuda(
    build: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice.metadata, "version", lambda _: build)
    assert choice.with_cuda("torch") is not build.endswith("+cpu")


@pytest.mark.parametrize("name", ["mlx", "torch"])
def test_a_backend_that_is_not_installed_says_how_to_install_it(name: str) -> None:
    program = f"""
import sys
sys.modules[{name!r}] = None
from engram.backends import load_backend
from engram.core.errors import EngramError
try:
    load_backend({name!r})
except EngramError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    first, advice = done.stdout.splitlines()
    assert first == f"The Python package {name} is not installed, and this command needs it."
    assert f"pip install 'engram[{'torch' if name == 'torch' else 'run'}]'" in advice


def test_choosing_imports_no_framework() -> None:
    program = "import sys; from engram.backends.choice import chosen; chosen(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert not {"mlx", "torch", "numpy"} & set(done.stdout.split())
