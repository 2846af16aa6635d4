"""A digest that a file carries of itself, so that any change to it shows.

What other tools look for under fixed names (the card, the Croissant file) cannot be listed in the
manifest: a crash between the two writes would leave a manifest and a file of different builds, and
either is good. So each of those files vouches for itself.
"""

from __future__ import annotations

import re

from engram.files.canonical import HEX_DIGITS, digest

MARK = "engram:sha256:"
# Where the digest will stand while it is computed.
BLANK = MARK + "0" * HEX_DIGITS

_SEAL = re.compile(rb"engram:sha256:([0-9a-f]{64})")


def sealed(text: str, name: str) -> bytes:
    """The file ``name`` with ``text``, and its own digest in place of the last ``BLANK`` there."""
    before, _, after = text.rpartition(BLANK)
    return f"{before}{MARK}{_digest(text.encode(), name)}{after}".encode()


def is_sealed(data: bytes, name: str) -> bool:
    """Whether ``data`` is the file ``name`` that ``sealed`` made, and every byte as it was."""
    found = list(_SEAL.finditer(data))
    if not found:
        return False
    start, end = found[-1].span(1)
    blank = data[:start] + b"0" * HEX_DIGITS + data[end:]
    return _digest(blank, name).encode() == data[start:end]


def _digest(blank: bytes, name: str) -> str:
    return digest(name.encode() + b"\n" + blank)
