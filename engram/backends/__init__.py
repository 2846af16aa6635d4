"""Backends: where token ids become gradients and answers. Each is imported only when asked for."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

from engram.backends.base import Backend, LanguageModel
from engram.backends.choice import AUTO, BACKENDS, chosen

__all__ = ["AUTO", "BACKENDS", "Backend", "LanguageModel", "load_backend"]


def load_backend(name: str = AUTO, precision: str | None = None) -> Backend:
    """The backend of that name; ``auto`` is the fastest that is installed for this hardware.

    ``precision`` is ``float32``, ``bfloat16``, or by default the one that is fastest here. Raises
    EngramError if what the backend needs is not installed.
    """
    found = chosen(name)
    backend: Backend = import_module(f"engram.backends.{found.name}").backend(precision)
    return replace(backend, why=found.why)
