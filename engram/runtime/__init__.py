"""Threads, BLAS and memory: what has to be settled before anything numeric is imported.

``prepare()`` first, then ``import mlx.core``; ``settle()`` first, then ``import torch``.
"""

from __future__ import annotations

from engram.runtime.blas import Blas
from engram.runtime.memory import available_memory, total_memory
from engram.runtime.start import Runtime, has_nvidia, prepare, settle

__all__ = ["Blas", "Runtime", "available_memory", "has_nvidia", "prepare", "settle", "total_memory"]
