"""Where a fast BLAS may be, in the order in which it is tried."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

# By name the system's own loader looks first (LD_LIBRARY_PATH, its cache). Fedora's plain
# libopenblas has one thread, so the one with threads comes before it.
SONAMES = ("libopenblasp.so.0", "libopenblas.so.0")
FOLDERS = (
    "/usr/lib/{machine}-linux-gnu/openblas-pthread",
    "/usr/lib/{machine}-linux-gnu/openblas-openmp",
    "/usr/lib/{machine}-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
    "/opt/OpenBLAS/lib",
)
MKL = "libmkl_rt.so"


def candidates(machine: str) -> Iterator[str]:
    """Paths and sonames that may be a fast BLAS for this machine type, the best one first."""
    yield from SONAMES
    for folder in (f"{sys.prefix}/lib", *FOLDERS):
        for name in SONAMES:
            path = Path(folder.format(machine=machine), name)
            if path.is_file():
                yield str(path)
    yield from (str(path) for path in mkl_libraries())


def mkl_libraries() -> list[Path]:
    """The files of the ``mkl`` package that serve as a BLAS, the newest version first.

    They lie in the ``lib`` folder of the environment (conda's too): where the package's record
    says, or beside the packages for an installation with ``--target``, whose record points
    elsewhere.
    """
    found = [*_recorded(), *Path(sys.prefix, "lib").glob(f"{MKL}.*")]
    return sorted(dict.fromkeys(found), key=lambda path: _number(path.name), reverse=True)


def _recorded() -> list[Path]:
    try:
        package = metadata.distribution("mkl")
    except metadata.PackageNotFoundError:
        return []
    files = [Path(str(package.locate_file(file))) for file in package.files or ()]
    found = [path.resolve() for path in files if path.name.startswith(MKL) and path.is_file()]
    return [*found, *Path(str(package.locate_file("lib"))).glob(f"{MKL}.*")]


def _number(name: str) -> int:
    """The version at the end of a library's name: 3 of ``libmkl_rt.so.3``."""
    last = name.rsplit(".", 1)[-1]
    return int(last) if last.isdigit() else -1
