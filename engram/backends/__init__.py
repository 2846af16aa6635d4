"""Backends: where token ids become gradients and answers. Each is imported only when asked for."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

from engram.backends.base import Backend, LanguageModel
from engram.backends.choice import AUTO, BACKENDS, GROUP, chosen
from engram.core.errors import EngramError
from engram.core.plugins import broken, load_plugin

__all__ = ["AUTO", "BACKENDS", "Backend", "LanguageModel", "load_backend"]


def load_backend(name: str = AUTO, precision: str | None = None) -> Backend:
    """The backend of that name; ``auto`` is the fastest that is installed for this hardware.

    Entry points ``engram.backends`` of other distributions name functions that take ``precision``
    and make a Backend. ``precision`` is ``float32``, ``bfloat16``, or by default the one that is
    fastest here. Raises EngramError if what the backend needs is not installed.
    """
    found = chosen(name)
    if found.name not in BACKENDS:
        return _plugged(found.name, precision)
    backend: Backend = import_module(f"engram.backends.{found.name}").backend(precision)
    return replace(backend, why=found.why)


def _plugged(name: str, precision: str | None) -> Backend:
    """The backend that the entry point of another distribution makes."""
    plugin, make = load_plugin(GROUP, name)
    try:
        backend = make(precision)
    except EngramError:
        raise
    except Exception as error:
        what = f"cannot be made: {type(error).__name__}: {error}"
        raise broken(GROUP, plugin, what) from error
    if not isinstance(backend, Backend) or backend.name != name:
        raise broken(GROUP, plugin, "makes no engram.backends.Backend of its own name.")
    return replace(backend, origin=f"{plugin.distribution} {plugin.version}")
