"""What ranks say to one another beside tensors: JSON and bytes, over sockets."""

from __future__ import annotations

import json
import socket
import struct
import sys
from typing import Any

# Of a peer whose machine is gone without a word, the system asks after so many seconds of silence,
# and gives it up after so many questions.
IDLE, BETWEEN, QUESTIONS = 10, 5, 4
HEADER = struct.Struct("!QQ")


class Gone(Exception):
    """The other end is closed."""


class Wire:
    """Messages in order, to one other process."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        link.settimeout(None)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        idle = "TCP_KEEPALIVE" if sys.platform == "darwin" else "TCP_KEEPIDLE"
        for name, value in ((idle, IDLE), ("TCP_KEEPINTVL", BETWEEN), ("TCP_KEEPCNT", QUESTIONS)):
            if hasattr(socket, name):
                link.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def send(self, value: Any, data: bytes = b"") -> None:
        """Send what JSON can write, NaN and infinity too, and bytes."""
        text = json.dumps(value).encode()
        self.link.sendall(HEADER.pack(len(text), len(data)) + text)
        if data:
            self.link.sendall(data)

    def receive(self) -> tuple[Any, bytes]:
        """The next message, waited for. Raises Gone where there will be none."""
        length, more = HEADER.unpack(self._read(HEADER.size))
        return json.loads(self._read(length)), self._read(more)

    def _read(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size:
            part = self.link.recv(min(size, 1 << 20))
            if not part:
                raise Gone
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
