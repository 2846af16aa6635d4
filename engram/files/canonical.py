"""One spelling for every JSON value, and digests of it."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785

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
