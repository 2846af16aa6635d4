"""``engram doctor`` tells what is there, what is missing, and never fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from engram.backends.choice import chosen
from engram.cli.doctor import lines_of

WITHOUT = """
import sys
for name in {missing!r}:
    sys.modules[name] = None
from engram.cli import main
sys.argv = ["engram", "doctor", *{arguments!r}]
main()
"""


def doctor(
    tmp_path: Path, *arguments: str, missing: tuple[str, ...] = (), **settings: str
) -> subprocess.CompletedProcess[str]:
    """A process of its own: a BLAS has to be loaded before mlx is imported."""
    code = WITHOUT.format(missing=missing, arguments=arguments)
    environment = {**os.environ, "ENGRAM_HOME": str(tmp_path), **settings}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )


def facts(tmp_path: Path, **more: Any) -> dict[str, Any]:
    done = doctor(tmp_path, "--format", "json", **more)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.skipif(find_spec("mlx") is None, reason="needs mlx")
def test_it_measures_and_names_what_computes(tmp_path: Path) -> None:
    found = facts(tmp_path)
    assert found["backend"] == chosen().name
    assert found["device"]["kind"] in ("cpu", "cuda", "metal")
    assert found["speed"]["gflops"] > 0
    assert found["precision"] in ("float32", "bfloat16")
    assert found["versions"]["mlx"]
    assert found["cache"] == {"folder": str(tmp_path), "free": found["cache"]["free"]}
    assert found["models"] == []
    (other,) = found["others"]
    assert {found["backend"], other["backend"]} == {"mlx", "torch"}
    if find_spec("torch") is None:
        assert "pip install 'engram[torch]'" in other["help"]
    else:
        assert other["speed"]["gflops"] > 0
        assert found["why"]


def test_a_missing_extra_is_named_and_the_rest_is_told(tmp_path: Path) -> None:
    done = doctor(tmp_path, missing=("mlx", "mlx.core", "torch"))
    assert done.returncode == 0, done.stderr
    assert "pip install 'engram[run]'" in done.stdout
    assert done.stdout.count("warning:") == 1, "what would be faster is no advice yet"
    assert "backend     none" in done.stdout
    assert "also        torch is not there" in done.stdout
    assert "pip install 'engram[torch]'" in done.stdout
    assert "pydantic" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_an_unfit_setting_is_told_and_not_raised(tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("a BLAS is only looked for on Linux")
    found = facts(tmp_path, missing=("torch",), ENGRAM_BLAS="/nowhere/libblas.so")
    assert any("ENGRAM_BLAS is set to /nowhere" in problem for problem in found["problems"])


FACTS: dict[str, Any] = {
    "engram": "0.1.0",
    "python": "3.11.2",
    "platform": "Linux x86_64",
    "blas": {
        "name": "OpenBLAS",
        "path": "/usr/lib/libopenblas.so.0",
        "version": "0.3.21 (Haswell)",
        "threads": 2,
    },
    "threads": 2,
    "backend": "mlx",
    "why": "it is the one installed",
    "others": [
        {
            "backend": "torch",
            "device": None,
            "precision": None,
            "speed": None,
            "origin": None,
            "help": "Install what the torch backend needs: pip install 'engram[torch]'",
        }
    ],
    "device": {"kind": "cpu", "name": "A CPU"},
    "precision": "float32",
    "speed": {"gflops": 174.4, "fast": True},
    "memory": {"available": 23_000_000_000, "total": None},
    "cache": {"folder": "/home/me/.cache/engram", "free": 81_000_000_000},
    "models": [
        {"name": "smollm2-135m", "bytes": 539_904_276, "location": "x", "revision": "0.1.2"}
    ],
    "versions": {"mlx": "0.32.4", "numpy": None, "pydantic": "2.14.3"},
    "problems": ["Something is wrong.\nDo this about it."],
}


def test_the_text_is_aligned_and_complete() -> None:
    assert "\n".join(lines_of(FACTS)).replace("\x1b[1m", "").replace("\x1b[0m", "") == (
        "engram 0.1.0, Python 3.11.2, Linux x86_64\n"
        "\n"
        "Computing\n"
        "  backend     mlx 0.32.4\n"
        "              since it is the one installed\n"
        "  device      CPU, A CPU\n"
        "  precision   float32\n"
        "  threads     2\n"
        "  BLAS        OpenBLAS 0.3.21 (Haswell)\n"
        "              /usr/lib/libopenblas.so.0\n"
        "  speed       174 GFLOP/s in float32 (fast)\n"
        "  also        torch is not there\n"
        "              Install what the torch backend needs: pip install 'engram[torch]'\n"
        "  memory      23 GB available\n"
        "\n"
        "Models\n"
        "  folder      /home/me/.cache/engram\n"
        "  disk        81 GB free\n"
        "  here        smollm2-135m (540 MB, 0.1.2)\n"
        "\n"
        "Packages\n"
        "  mlx              0.32.4               numpy            not installed\n"
        "  pydantic         2.14.3\n"
        "\n"
        "warning: Something is wrong.\n"
        "  Do this about it."
    )


def test_on_a_gpu_no_blas_is_needed() -> None:
    device = {"kind": "metal", "name": "Apple M3"}
    lines = lines_of({**FACTS, "device": device, "blas": None, "precision": "bfloat16"})
    assert "  device      Metal, Apple M3" in lines
    assert "  BLAS        not needed" in lines
