"""What this machine has, as plain data: the whole of what ``engram doctor`` prints."""

from __future__ import annotations

import platform
import shutil
from dataclasses import asdict
from importlib import metadata
from typing import Any

from engram import __version__
from engram.backends import BACKENDS, load_backend
from engram.backends.choice import chosen
from engram.core.errors import EngramError
from engram.core.plugins import plugins
from engram.models import home, shelves
from engram.models.record import Record
from engram.runtime import available_memory, prepare, total_memory

PACKAGES = (
    "mlx",
    "mlx-lm",
    "mkl",
    "torch",
    "numpy",
    "transformers",
    "tokenizers",
    "huggingface-hub",
    "gguf",
    "pydantic",
    "ruamel.yaml",
)

Facts = dict[str, Any]


def examine() -> Facts:
    """Everything that can be told. What is missing stands under ``problems``; nothing is raised."""
    problems: list[str] = []
    facts: Facts = {
        "engram": __version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        **_runtime(),
        **_backend(problems),
        "memory": {"available": available_memory(), "total": total_memory()},
        "cache": _cache(),
        "models": [_model(record) for record in shelves()],
        "versions": {name: _version(name) for name in PACKAGES},
    }
    return {**facts, "problems": problems}


def _runtime() -> Facts:
    try:
        runtime = prepare()
    except EngramError:
        # The backend fails for the same reason, and tells it.
        return {"blas": None, "threads": None}
    blas = asdict(runtime.blas) if runtime.blas else None
    return {"blas": blas, "threads": runtime.threads}


def _backend(problems: list[str]) -> Facts:
    """The backend that a run would use, why, and all others; and how fast each multiplies.

    What could make one faster is only worth saying of the one that is used.
    """
    first = chosen()
    try:
        used, warnings = _measured(first.name)
        problems += warnings
    except EngramError as error:
        problems.append(str(error))
        used = {"backend": None, "device": None, "precision": None, "speed": None}
    names = [*BACKENDS, *plugins("engram.backends")]
    others = [_other(name) for name in names if name != first.name]
    return {**used, "why": first.why, "others": others}


def _measured(name: str) -> tuple[Facts, tuple[str, ...]]:
    """What a backend computes on and how fast, and its warnings. Imports it."""
    backend = load_backend(name)
    measured = backend.measure()
    facts = {
        "backend": name,
        "device": {"kind": backend.device, "name": measured.device_name},
        "precision": backend.dtype,
        "speed": {"gflops": round(measured.gflops, 1), "fast": measured.fast},
    }
    return facts, backend.warnings


def _other(name: str) -> Facts:
    """A backend that is not the one used; ``help`` says how to get one that is not there."""
    plugin = None if name in BACKENDS else plugins("engram.backends")[name]
    origin = f"{plugin.distribution} {plugin.version}" if plugin else None
    try:
        return {**_measured(name)[0], "origin": origin, "help": None}
    except EngramError as error:
        nothing = dict.fromkeys(("device", "precision", "speed"))
        told = f"{error.message} {error.help}" if plugin else error.help
        return {"backend": name, **nothing, "origin": origin, "help": told}


def _cache() -> Facts:
    folder = home()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return {"folder": str(folder), "free": shutil.disk_usage(there).free}


def _model(record: Record) -> Facts:
    return {
        "name": record.name,
        "bytes": sum(file.bytes for file in record.files),
        "location": record.location,
        "revision": record.revision,
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
