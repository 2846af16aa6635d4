"""The first thing a backend does: find a fast BLAS, fix threads and arithmetic."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Literal

from engram.core.errors import EngramError
from engram.runtime.blas import (
    Blas,
    UnfitError,
    WrongResultsError,
    already_global,
    fix_arithmetic,
    load,
)
from engram.runtime.candidates import candidates
from engram.runtime.cores import allowed_cores, fix_threads
from engram.runtime.heap import keep_freed_memory

SETTING = "ENGRAM_BLAS"
OFF = "off"
NVIDIA = ("/dev/nvidiactl", "/dev/dxg")
TOO_LATE = (
    "mlx was imported before engram could put a fast BLAS in front of it, so products may run at a "
    "fortieth of the speed: import engram's backend, or call engram.runtime.prepare(), first."
)
NONE_FOUND = (
    "No fast BLAS was found, so mlx computes about 40 times slower than this processor can. "
    "Install one: `{install}`, or set ENGRAM_BLAS to the path of a BLAS library."
)

Device = Literal["cpu", "cuda", "metal"]


@dataclass(frozen=True, slots=True)
class Runtime:
    """What computes in this process. ``blas`` is null where none was loaded or none is needed.

    ``warnings`` are whole sentences for a person; whoever talks to the user prints them once.
    """

    device: Device
    threads: int
    blas: Blas | None = None
    warnings: tuple[str, ...] = ()


@cache
def prepare() -> Runtime:
    """Make this process ready to compute; call it before mlx is imported. The second call is free.

    On a Linux CPU a fast BLAS is loaded: the one that ``ENGRAM_BLAS`` names (``off`` for none),
    else the system's OpenBLAS, else that of the ``mkl`` package. Threads and MKL's arithmetic are
    fixed so that results repeat; what the user set in the environment stays. On macOS and with CUDA
    mlx brings what it needs. Raises ``EngramError`` if ``ENGRAM_BLAS`` names an unfit library.
    """
    cores = allowed_cores()
    device = _device()
    if device != "cpu" or sys.platform != "linux":
        return Runtime(device, cores)
    settle()
    setting = os.environ.get(SETTING, "")
    late = (TOO_LATE,) if "mlx.core" in sys.modules and setting != OFF else ()
    blas, warnings = _choose(setting, late=bool(late))
    return Runtime(device, (blas and blas.threads) or cores, blas, late + warnings)


def settle() -> int:
    """Fix threads, arithmetic and the use of memory, for a framework that brings its own BLAS.

    Call it before the framework is imported; gives the number of cores that it may use.
    """
    cores = allowed_cores()
    keep_freed_memory()
    fix_threads(os.environ, cores)
    fix_arithmetic(os.environ)
    return cores


def _choose(setting: str, *, late: bool) -> tuple[Blas | None, tuple[str, ...]]:
    if setting == OFF:
        return None, ()
    try:
        standing = already_global()
    except UnfitError as error:
        raise EngramError(
            f"The BLAS that was loaded into this process {error}.",
            help="Take it out of LD_PRELOAD, or set OPENBLAS_CORETYPE to an older processor.",
        ) from error
    if standing or late:
        return standing, ()
    return (_named(setting), ()) if setting else _found()


def _named(setting: str) -> Blas:
    try:
        return load(str(Path(setting).expanduser()) if os.sep in setting else setting)
    except UnfitError as error:
        raise EngramError(
            f"{SETTING} is set to {setting}, which {error}.",
            help=f"Name another library, `{SETTING}=off`, or unset it to let engram look.",
        ) from error


def _found() -> tuple[Blas | None, tuple[str, ...]]:
    """The first candidate that is fit, with a warning for each that computes wrong results."""
    warnings: dict[str, None] = {}
    for candidate in candidates(platform.machine()):
        blas, warning = _tried(candidate)
        if warning:
            warnings[warning] = None
        if blas:
            return blas, tuple(warnings)
    install = "apt install libopenblas0-pthread"
    if platform.machine() == "x86_64":
        install = "pip install mkl` or `" + install
    return None, (*warnings, NONE_FOUND.format(install=install))


def _tried(candidate: str) -> tuple[Blas | None, str | None]:
    try:
        return load(candidate), None
    except WrongResultsError as error:
        return None, f"Not used: {candidate} {error}."
    except UnfitError:
        return None, None


def _device() -> Device:
    """What mlx will compute on, told without importing it."""
    if sys.platform == "darwin":
        return "metal" if platform.machine() == "arm64" else "cpu"
    # The device files first: reading the names of all packages takes a while.
    if not has_nvidia():
        return "cpu"
    names = (str(package.metadata["Name"]).lower() for package in metadata.distributions())
    return "cuda" if any(name.startswith("mlx-cuda") for name in names) else "cpu"


def has_nvidia() -> bool:
    """Whether this machine has an NVIDIA GPU and its driver."""
    return any(Path(path).exists() for path in NVIDIA)
