"""One asking at a time: a queue before a conversation, which stays in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event
from typing import NamedTuple, Protocol

from engram.core.errors import EngramError
from engram.core.results import Exchange

Hear = Callable[[Exchange], None]
# In seconds: a signal that comes just before a wait begins is heeded only after it.
LONGEST_WAIT = 0.25


class Answers(Protocol):
    """Whoever answers prompts, as ``lab.Conversation`` does."""

    def ask(self, prompt: str, hear: Hear, /) -> Exchange: ...


class Asking(NamedTuple):
    """A prompt in the queue, who hears of it, and where it says how it ended."""

    prompt: str
    hear: Hear
    outcome: Future[None]


class Left(Exception):
    """Nobody listens any more."""


class Desk:
    """Where a server's thread leaves prompts, and the thread of the model answers them.

    First come, first served, and never two at once.
    """

    def __init__(self) -> None:
        self._queue: SimpleQueue[Asking | Exception] = SimpleQueue()

    def work(self, answers: Answers) -> None:
        """Answer in this thread, for ever. Raises whatever is not about a prompt alone."""
        while True:
            found = self._next()
            if isinstance(found, Exception):
                raise found
            if found.outcome.set_running_or_notify_cancel():
                _answer(answers, found)

    def fail(self, bug: Exception) -> None:
        """Have the thread of the model raise what went wrong in that of the server."""
        self._queue.put(bug)

    async def ask(self, prompt: str) -> AsyncGenerator[Exchange, None]:
        """What both have said: before, after every token, and at the end.

        Whoever stops listening stops the model, at its next token. Raises EngramError for a prompt
        that the model cannot be asked.
        """
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[Exchange | None] = asyncio.Queue()
        left = Event()

        def hear(exchange: Exchange) -> None:
            if left.is_set():
                raise Left
            loop.call_soon_threadsafe(heard.put_nowait, exchange)

        asking = Asking(prompt, hear, Future())
        answered = asyncio.wrap_future(asking.outcome)
        answered.add_done_callback(lambda _: heard.put_nowait(None))
        self._queue.put(asking)
        try:
            while (exchange := await heard.get()) is not None:
                yield exchange
            await answered
        finally:
            left.set()
            answered.cancel()

    def _next(self) -> Asking | Exception:
        while True:
            with suppress(Empty):
                return self._queue.get(timeout=LONGEST_WAIT)


def _answer(answers: Answers, asking: Asking) -> None:
    try:
        answers.ask(asking.prompt, asking.hear)
    except (EngramError, Left) as known:
        asking.outcome.set_exception(known)
    except Exception as bug:
        asking.outcome.set_exception(bug)
        raise
    else:
        asking.outcome.set_result(None)
