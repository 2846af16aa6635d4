"""One spelling for every JSON value, and digests of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from json import JSONEncoder
from typing import Any

import rfc8785

from engram.core.build import LARGEST

HEX_DIGITS = 64

_FLAT = JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def canonical(value: Any) -> bytes:
    """The canonical JSON of ``value`` (RFC 8785): one spelling per value, UTF-8, no white space."""
    return rfc8785.dumps(value)


def digest(data: bytes) -> str:
    """The SHA-256 of ``data``, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def digest_of(value: Any) -> str:
    """The digest of the canonical JSON of ``value``."""
    return digest(canonical(value))


def rank_of(*parts: str | int) -> str:
    """``digest_of(list(parts))``, ten times as fast: what a build is ordered and named by.

    Raises ValueError for a number that JSON does not keep exact, and for half a surrogate pair.
    """
    return digest(_flat(parts))


def _flat(parts: Sequence[str | int]) -> bytes:
    # Without floats and keys, Python's own encoder spells as RFC 8785 does.
    if any(type(part) is int and abs(part) > LARGEST for part in parts):
        raise ValueError("the number is too large to be kept exact")
    return _FLAT.encode(parts).encode()
