"""Where the page is served: sockets on this machine that no other machine can reach."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from engram.core.errors import EngramError

IPV4, IPV6 = "127.0.0.1", "::1"


@contextmanager
def doors(port: int | None, *, ipv6: bool = False) -> Iterator[list[socket.socket]]:
    """Sockets that listen on the loopback address of IPv4 and, if asked, on that of IPv6.

    Both have the same port; without one, it is a free one. Raises EngramError if it cannot be had.
    """
    with ExitStack() as stack:
        opened = [stack.enter_context(_listening(IPV4, port or 0))]
        if ipv6:
            opened.append(stack.enter_context(_listening(IPV6, _port(opened))))
        yield opened


def address_of(opened: list[socket.socket]) -> str:
    """What to type into a browser."""
    return f"http://{IPV4}:{_port(opened)}/"


def _port(opened: list[socket.socket]) -> int:
    return int(opened[0].getsockname()[1])


def _listening(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if address == IPV6 else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        used = error.errno == errno.EADDRINUSE
        reason = "it is in use" if used else (error.strerror or str(error)).lower()
        raise EngramError(
            f"Port {port} of {address} cannot be listened on: {reason}.",
            help="Choose another with --port, or leave it out for one that is free.",
        ) from error
