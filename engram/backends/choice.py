"""Which backend computes, and why: told before any of them is imported."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec

from engram.backends.ranks import launched_for
from engram.core.errors import EngramError
from engram.core.plugins import Group, plugins
from engram.runtime import has_nvidia

# Name -> the package without which it is not there. Each is a room of that name.
BACKENDS = {"mlx": "mlx", "torch": "torch"}
AUTO = "auto"
# Those of other distributions; ``auto`` is none of them.
GROUP: Group = "engram.backends"


@dataclass(frozen=True, slots=True)
class Choice:
    """A backend, and why it is the one; empty where that needs no word."""

    name: str
    why: str


def chosen(name: str = AUTO) -> Choice:
    """The backend that ``name`` asks for. Raises EngramError for a name that there is not.

    ``auto`` is the fastest of those that are installed, by what this machine has, and mlx where
    they are alike; where none is, mlx, which then says what to install. On a CPU it is mlx too:
    PyTorch's steps are faster there, but its short runs recall less.
    """
    if name != AUTO:
        if name not in BACKENDS and name not in plugins(GROUP):
            known = ", ".join((AUTO, *BACKENDS, *plugins(GROUP)))
            raise EngramError(f"There is no backend '{name}'.", help=f"Known backends: {known}.")
        return Choice(name, "")
    if (launched := launched_for()) is not None:
        return Choice(launched, "it is the one whose launcher started this")
    there = [backend for backend in BACKENDS if installed(backend)]
    if len(there) < len(BACKENDS):
        return Choice(there[0], "it is the one installed") if there else Choice("mlx", "")
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return Choice("mlx", "it is made for Apple's GPUs")
    if has_nvidia():
        cuda = [backend for backend in BACKENDS if with_cuda(backend)]
        if cuda:
            why = "both are installed for CUDA" if len(cuda) > 1 else "it is installed for CUDA"
            return Choice(cuda[0], why)
    return Choice("mlx", "it is the default on a CPU")


def installed(backend: str) -> bool:
    """Whether the package of a backend is there."""
    return find_spec(BACKENDS[backend]) is not None


def with_cuda(backend: str) -> bool:
    """Whether the package of a backend was built for NVIDIA's GPUs."""
    if backend == "torch":
        return not metadata.version("torch").endswith("+cpu")
    names = (str(package.metadata["Name"]).lower() for package in metadata.distributions())
    return any(name.startswith("mlx-cuda") for name in names)
