"""How ranks find one another: rank 0 says where it listens, and the others call."""

from __future__ import annotations

import json
import secrets
import socket
import time
from collections.abc import Callable
from typing import Any

from engram.backends.pulse import Pulse
from engram.backends.ranks import ALONE, Joined, Ranks
from engram.backends.wire import Gone, Wire
from engram.core.errors import EngramError

SECONDS = 60.0  # until all have called
LONGEST = 512  # bytes of an invitation
TALK, PULSE = "talk", "pulse"

Total = Callable[[list[Any]], list[Any]]


def meet(rank: int, size: int, host: str, spread: Callable[[bytes], bytes], total: Total) -> Ranks:
    """The ranks of a group of ``size``, which the framework has joined already.

    ``host``: where the others reach rank 0; ``spread``: gives every rank the bytes, at most
    ``LONGEST``, that rank 0 has; ``total``: see ``Ranks.summed``. Raises EngramError where they do
    not meet.
    """
    if size == 1:
        return ALONE
    try:
        if rank:
            return _call(rank, size, json.loads(spread(b"").rstrip(b"\0")), total)
        return _listen(size, host, spread, total)
    except (OSError, Gone) as error:
        raise EngramError(
            f"Rank {rank} does not reach the others: {error}.",
            help="Ranks talk over TCP: see that each can reach the machine of rank 0.",
        ) from error


def _listen(size: int, host: str, spread: Callable[[bytes], bytes], total: Total) -> Ranks:
    """As rank 0: two calls of every other rank, one to talk and one to tell that it lives."""
    address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
    with socket.create_server(address[4][:2], family=address[0], backlog=2 * size) as server:
        secret = secrets.token_hex(16)
        spread(json.dumps([host, server.getsockname()[1], secret]).encode())
        found: dict[str, dict[int, Wire]] = {TALK: {}, PULSE: {}}
        deadline = time.monotonic() + SECONDS
        while sum(map(len, found.values())) < 2 * (size - 1):
            server.settimeout(max(0.0, deadline - time.monotonic()))
            wire = Wire(server.accept()[0])
            wire.link.settimeout(SECONDS)
            said, _ = wire.receive()
            if said[0] == secret:  # and nobody else's call
                found[said[2]][said[1]] = wire
            wire.link.settimeout(None)
    wires = [found[TALK][rank] for rank in range(1, size)]
    return Joined(0, size, wires, Pulse(0, found[PULSE]), total)


def _call(rank: int, size: int, invitation: Any, total: Total) -> Ranks:
    """As any other rank."""
    host, port, secret = invitation
    wires = []
    for kind in (TALK, PULSE):
        wire = Wire(socket.create_connection((host, port), timeout=SECONDS))
        wire.send([secret, rank, kind])
        wires.append(wire)
    return Joined(rank, size, wires[:1], Pulse(rank, {0: wires[1]}), total)
