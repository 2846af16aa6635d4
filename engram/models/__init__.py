"""Models by short name: where they come from, whether they are here, and getting them.

``find`` answers from the local cache alone and never uses the network; ``pull`` fetches.
"""

from __future__ import annotations

from collections.abc import Callable

from engram.core.home import home
from engram.models.pulling import pull
from engram.models.registry import DEFAULT, MODELS, ModelSpec
from engram.models.store import Model, find, remove, shelves

# What gives the model of a name: ``find``, or ``pull``.
Get = Callable[[str], Model]

__all__ = [
    "DEFAULT",
    "MODELS",
    "Get",
    "Model",
    "ModelSpec",
    "find",
    "home",
    "pull",
    "remove",
    "shelves",
]
