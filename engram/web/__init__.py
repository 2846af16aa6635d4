"""The demonstration as a page that a browser on this machine can open, and no other can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from socket import socket
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

from engram.lab import Conversation
from engram.web.app import application
from engram.web.desk import Desk
from engram.web.page import page

# Far more than the tabs of one person; what comes beyond is told to come later.
MOST_CONNECTIONS = 64


def serve(conversation: Conversation, doors: Sequence[socket]) -> None:
    """Answer whoever comes in by the sockets, until this is interrupted.

    Raises whatever goes wrong, but for a prompt that the model cannot be asked.
    """
    experiment = conversation.experiment
    shown = page(
        experiment.model.name,
        f"run {experiment.run_id} of build {experiment.build.manifest.build_id[:16]}",
        conversation.listed(),
    )
    desk = Desk()
    with serving(application(shown, desk), doors):
        # Here and not in a thread beside the server: it takes ctrl-C at once, and MLX, which keeps
        # Python objects for each thread, is not left with those of a thread that has ended.
        conversation.warm_up()
        desk.work(conversation)


@contextmanager
def serving(app: ASGIApp, doors: Sequence[socket]) -> Iterator[None]:
    """A context in which a thread answers by the sockets; at its end nobody is waited for."""
    server = uvicorn.Server(_settings(app))
    thread = Thread(target=server.run, args=(list(doors),), name="page")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _settings(app: ASGIApp) -> uvicorn.Config:
    """Plain HTTP, whatever else is installed, and no log."""
    return uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=0,
    )
