"""What ``prepare`` settles before mlx is imported.

Each case is a process of its own: a library that was loaded once cannot be unloaded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engram.runtime import blas
from engram.runtime.blas import BRANCHES, fix_arithmetic
from tests.runtime.fakes import OFF_BY_ONE, library, needs_compiler

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="a BLAS is only looked for on Linux"
)

REPORT = """
import dataclasses, json, os
from engram.runtime import prepare
runtime = prepare()
assert prepare() is runtime
names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_CBWR", "MKL_DYNAMIC",
         "OPENBLAS_CORETYPE")
print(json.dumps({**dataclasses.asdict(runtime), "set": {n: os.environ.get(n) for n in names}}))
"""
# In place of the real places to look in: only those that the test made.
ONLY = """
import engram.runtime.start as start
start.candidates = lambda machine: iter({paths!r})
start._device = lambda: "cpu"
"""
SETTINGS = ("ENGRAM_BLAS", "LD_PRELOAD", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
            "OPENBLAS_NUM_THREADS", "MKL_CBWR", "MKL_DYNAMIC")  # fmt: skip


def run(code: str, **settings: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return subprocess.run(
        [sys.executable, "-c", code], env=clean | settings, capture_output=True, text=True
    )


def prepared(paths: list[Path], before: str = "", **settings: str) -> dict[str, Any]:
    code = ONLY.format(paths=[str(path) for path in paths]) + before + REPORT
    done = run(code, **settings)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@needs_compiler
def test_the_first_fit_library_is_loaded_and_described(tmp_path: Path) -> None:
    right = library(tmp_path, "right")
    found = prepared([tmp_path / "absent.so", right])
    assert found["blas"] == {
        "name": "OpenBLAS",
        "path": str(right),
        "version": "9.9.9 (Testwell)",
        "threads": 3,
    }
    assert found["threads"] == 3
    assert found["warnings"] == []


@needs_compiler
def test_a_library_that_computes_wrong_results_is_passed_over_with_a_warning(
    tmp_path: Path,
) -> None:
    wrong, right = library(tmp_path, "wrong", OFF_BY_ONE), library(tmp_path, "right")
    found = prepared([wrong, right])
    assert found["blas"]["path"] == str(right)
    assert found["warnings"] == [f"Not used: {wrong} computes wrong results on this processor."]


@needs_compiler
def test_a_refused_library_is_not_in_front_of_others(tmp_path: Path) -> None:
    wrong = library(tmp_path, "wrong", OFF_BY_ONE)
    seen = "\nimport ctypes\nassert not hasattr(ctypes.CDLL(None), 'cblas_sgemm')\n"
    code = ONLY.format(paths=[str(wrong)]) + REPORT + seen
    assert run(code).returncode == 0


def test_nothing_found_says_what_to_install_and_what_it_costs() -> None:
    (warning,) = prepared([])["warnings"]
    assert "apt install libopenblas0-pthread" in warning
    assert "40 times slower" in warning
    assert "ENGRAM_BLAS" in warning


@needs_compiler
def test_an_explicit_setting_comes_first(tmp_path: Path) -> None:
    first, named = library(tmp_path, "first"), library(tmp_path, "named")
    assert prepared([first], ENGRAM_BLAS=str(named))["blas"]["path"] == str(named)


@needs_compiler
def test_off_loads_nothing_and_warns_of_nothing(tmp_path: Path) -> None:
    found = prepared([library(tmp_path, "right")], ENGRAM_BLAS="off")
    assert found["blas"] is None
    assert found["warnings"] == []


@needs_compiler
@pytest.mark.parametrize(
    ("source", "spoil", "reason"),
    [
        (None, OFF_BY_ONE, "computes wrong results"),
        ("int nothing(void) { return 0; }", "", "has no cblas_sgemm"),
        ("", "", "has no cblas_sgemm"),
    ],
)
def test_an_explicit_setting_that_is_unfit_is_an_error(
    tmp_path: Path, source: str | None, spoil: str, reason: str
) -> None:
    path = library(tmp_path, "x", spoil, *([] if source is None else [source]))
    done = run(ONLY.format(paths=[]) + REPORT, ENGRAM_BLAS=str(path))
    assert done.returncode != 0
    assert reason in done.stderr
    assert "ENGRAM_BLAS=off" in done.stderr


def test_a_setting_that_names_no_file_is_an_error() -> None:
    done = run(ONLY.format(paths=[]) + REPORT, ENGRAM_BLAS="/nowhere/libblas.so")
    assert "ENGRAM_BLAS is set to /nowhere/libblas.so, which cannot be loaded" in done.stderr


@needs_compiler
def test_a_preloaded_library_is_reported_since_it_stands_in_front(tmp_path: Path) -> None:
    preloaded, other = library(tmp_path, "preloaded"), library(tmp_path, "other")
    assert prepared([other], LD_PRELOAD=str(preloaded))["blas"]["path"] == str(preloaded)


@needs_compiler
def test_mlx_imported_before_is_too_late_and_says_so(tmp_path: Path) -> None:
    imported = "\nimport sys, types\nsys.modules['mlx.core'] = types.ModuleType('mlx.core')\n"
    found = prepared([library(tmp_path, "right")], before=imported)
    assert found["blas"] is None
    assert "mlx was imported before" in found["warnings"][0]


def test_threads_and_arithmetic_are_fixed() -> None:
    found = prepared([])
    values = found["set"]
    assert values["OMP_NUM_THREADS"] == values["MKL_NUM_THREADS"] == str(found["threads"])
    assert values["OPENBLAS_NUM_THREADS"] == str(found["threads"])
    assert values["MKL_DYNAMIC"] == "FALSE"
    assert values["MKL_CBWR"] in (*BRANCHES, "COMPATIBLE")


@pytest.mark.parametrize(
    ("flags", "branch"),
    [
        ("sse2 avx avx2 avx512f avx512dq avx512cd avx512bw avx512vl", "AVX512,STRICT"),
        ("sse2 avx avx2 avx512f", "AVX2,STRICT"),
        ("sse2 avx", "COMPATIBLE"),
    ],
)
def test_arithmetic_is_the_widest_that_the_processor_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, branch: str
) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags\t\t: {flags}\n")
    monkeypatch.setattr(blas, "CPU_INFO", tmp_path / "cpuinfo")
    environment: dict[str, str] = {}
    fix_arithmetic(environment)
    assert environment == {"MKL_CBWR": branch}


def test_what_the_user_set_stays() -> None:
    mine = {"MKL_CBWR": "AVX512", "OPENBLAS_CORETYPE": "Haswell", "MKL_NUM_THREADS": "7"}
    values = prepared([], OMP_NUM_THREADS="5", **mine)["set"]
    assert values["OMP_NUM_THREADS"] == values["OPENBLAS_NUM_THREADS"] == "5"
    assert {name: values[name] for name in mine} == mine


def test_the_blas_of_this_environment_makes_mlx_fast() -> None:
    code = """
from engram.runtime import prepare
runtime = prepare()
from engram.backends.mlx.probe import measure_gflops
print(runtime.blas is not None or runtime.device != "cpu", measure_gflops().fast)
"""
    done = run(code)
    if "No module named 'mlx'" in done.stderr:
        pytest.skip("mlx is not installed")
    found, fast = done.stdout.split()
    if found != "True":
        pytest.skip("no BLAS is installed here")
    assert fast == "True"
