"""A fast BLAS in this process, put where mlx finds it.

The CPU build of mlx calls the reference BLAS, about forty times slower than an optimised one.
Symbols of a library loaded with ``RTLD_GLOBAL`` come before those that mlx links, so all it takes
is to load another library first.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engram.runtime.exact import multiplies_exactly

CPU_INFO = Path("/proc/cpuinfo")

# MKL's reproducible code branches and the processor flags that each needs, the widest first. The
# products of a training step run 1.6 times as fast with the first as with the second.
BRANCHES = {
    "AVX512,STRICT": {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"},
    "AVX2,STRICT": {"avx2"},
}


@dataclass(frozen=True, slots=True)
class Blas:
    """A library that multiplies matrices: what it calls itself, where it lies, how it runs."""

    name: str
    path: str
    version: str
    threads: int | None


class UnfitError(Exception):
    """A library cannot be used. The message says why, as the end of a sentence."""


class WrongResultsError(UnfitError):
    """A library multiplies wrongly on this processor."""


class _DlInfo(ctypes.Structure):
    _fields_ = (
        ("file", ctypes.c_char_p),
        ("base", ctypes.c_void_p),
        ("symbol", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
    )


def load(library: str) -> Blas:
    """The BLAS of that path or soname, checked, and now in front of every other one.

    It is first loaded privately: a library that computes wrong results must never be put in front.
    Raises ``UnfitError`` if it cannot be loaded, is no BLAS, or multiplies wrongly.
    """
    try:
        private = ctypes.CDLL(library, mode=ctypes.RTLD_LOCAL)
    except OSError as error:
        raise UnfitError(f"cannot be loaded ({error})") from error
    blas = describe(private)
    ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
    return blas


def already_global() -> Blas | None:
    """The BLAS that stands in front already (by LD_PRELOAD, say), or None if there is none.

    Raises ``UnfitError`` if it multiplies wrongly.
    """
    everything = ctypes.CDLL(None)
    return describe(everything) if hasattr(everything, "cblas_sgemm") else None


def describe(library: ctypes.CDLL) -> Blas:
    """What a loaded library says of itself, once it has been checked. Raises ``UnfitError``."""
    if not hasattr(library, "cblas_sgemm"):
        raise UnfitError("is no BLAS: it has no cblas_sgemm")
    path = _path_of(library.cblas_sgemm)
    if not multiplies_exactly(library):
        raise WrongResultsError("computes wrong results on this processor")
    if hasattr(library, "openblas_get_config"):
        threads = _int(library, "openblas_get_num_threads")
        return Blas("OpenBLAS", path, _openblas_version(library), threads)
    if hasattr(library, "mkl_get_version_string"):
        return Blas("MKL", path, _mkl_version(library), _int(library, "mkl_get_max_threads"))
    return Blas(Path(path).name.split(".")[0], path, "unknown", None)


def fix_arithmetic(environment: MutableMapping[str, str]) -> None:
    """Ask MKL for the same digits every time, with the widest instructions of this processor.

    Processors of one width agree with one another to the digit. A setting of the user's stays.
    """
    flags = _processor_flags()
    branch = next((name for name, needed in BRANCHES.items() if needed <= flags), "COMPATIBLE")
    environment.setdefault("MKL_CBWR", branch)


def _processor_flags() -> set[str]:
    try:
        with CPU_INFO.open(encoding="utf-8", errors="replace") as lines:
            return set(next((line for line in lines if line.startswith("flags")), "").split())
    except OSError:
        return set()


def _path_of(function: Any) -> str:
    """The file that a function was loaded from, links resolved."""
    info = _DlInfo()
    address = ctypes.cast(function, ctypes.c_void_p)
    if not ctypes.CDLL(None).dladdr(address, ctypes.byref(info)) or not info.file:
        return "unknown"
    return os.path.realpath(os.fsdecode(info.file))


def _openblas_version(library: ctypes.CDLL) -> str:
    """The version and the kernels in use: ``0.3.21 (Haswell)``."""
    words = _text(library, "openblas_get_config").split()
    version = words[1] if len(words) > 1 and words[0] == "OpenBLAS" else "unknown"
    return f"{version} ({_text(library, 'openblas_get_corename') or 'unknown kernels'})"


def _mkl_version(library: ctypes.CDLL) -> str:
    """The version and the arithmetic asked for: ``2025.3-Product (AVX2,STRICT)``."""
    room = ctypes.create_string_buffer(256)
    library.mkl_get_version_string(room, ctypes.c_int(len(room)))
    words = room.value.decode("ascii", "replace").split()
    version = next((word for word in words if word[:1].isdigit()), "unknown")
    return f"{version} ({os.environ.get('MKL_CBWR', 'fastest arithmetic')})"


def _text(library: ctypes.CDLL, name: str) -> str:
    if not hasattr(library, name):
        return ""
    function = getattr(library, name)
    function.restype = ctypes.c_char_p
    return (function() or b"").decode("ascii", "replace")


def _int(library: ctypes.CDLL, name: str) -> int | None:
    return int(getattr(library, name)()) if hasattr(library, name) else None
