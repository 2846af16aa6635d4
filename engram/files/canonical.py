"""One spelling for every JSON value, and digests of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Any

import rfc8785

from engram.core.build import LARGEST

HEX_DIGITS = 64


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
    # Without floats and keys, Python's own spelling of the parts is that of RFC 8785.
    return digest(f"[{','.join(map(_spelt, parts))}]".encode())


def ranker(*parts: str | int) -> Callable[[str], str]:
    """``rank_of(*parts, last)`` as a function of ``last``: for many of them, twice as fast."""
    start = f"[{','.join(_spelt(part) for part in parts)},"

    def rank(last: str) -> str:
        return digest(f"{start}{encode_basestring(last)}]".encode())

    return rank


def _spelt(part: str | int) -> str:
    if isinstance(part, str):
        return encode_basestring(part)
    if abs(part) > LARGEST:
        raise ValueError(f"{part} is too large to be kept exact")
    return str(part)
