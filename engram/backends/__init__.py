"""Backends: where token ids become gradients and answers. Each is imported only when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from engram.backends.base import Backend, LanguageModel

__all__ = ["Backend", "LanguageModel", "load_backend"]

# Name -> the module that is the backend: a plain module that satisfies the protocol.
BACKENDS = {"mlx": "engram.backends.mlx"}
DEFAULT = "mlx"


def load_backend(name: str = DEFAULT) -> Backend:
    """The backend of that name. Raises EngramError if what it needs is not installed."""
    return cast("Backend", import_module(BACKENDS[name]))
