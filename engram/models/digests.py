"""Digests of files on disk, and of a model as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

CHUNK = 1 << 20


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def git_blob_of(path: Path) -> str:
    """The name that git gives a file's content: SHA-1 over a short header and the bytes.

    The hub states it for small files, and a SHA-256 for large ones.
    """
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def digest_of(files: Mapping[str, str], names: Iterable[str] | None = None) -> str:
    """One SHA-256 over names and digests of files (all of them, or those named), in order of name.

    The text that is digested is what ``sha256sum`` would print, so anyone can check it.
    """
    chosen = sorted(files if names is None else set(names) & set(files))
    listing = "".join(f"{files[name]}  {name}\n" for name in chosen)
    return hashlib.sha256(listing.encode()).hexdigest()
