"""A conversation without a model, and a server on it."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from engram.core.errors import EngramError
from engram.core.results import Exchange
from engram.web import serving
from engram.web.app import application
from engram.web.desk import Desk
from engram.web.doors import doors
from engram.web.page import page

PROMPTS = ("hello 0", "line\nbreak", "</script><b>")


class Echo:
    """Base says how the prompt begins, tuned the reverse; to ``on and on`` base never ends."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.at_once = self.most_at_once = self.tokens = 0
        self.began, self.ended = threading.Event(), threading.Event()

    def ask(self, prompt: str, hear: Callable[[Exchange], None]) -> Exchange:
        self.asked.append(prompt)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            return self._answered(prompt, hear)
        finally:
            self.at_once -= 1
            self.ended.set()

    def _answered(self, prompt: str, hear: Callable[[Exchange], None]) -> Exchange:
        if prompt == "refused":
            raise EngramError("The model cannot be asked 'refused'.")
        if prompt == "bug":
            raise ZeroDivisionError
        found = Exchange(title="recall", prompt=prompt, expected=prompt)
        hear(found)
        self.began.set()
        while prompt == "on and on":
            self.tokens += 1
            time.sleep(0.002)
            hear(found.model_copy(update={"base": "on " * self.tokens}))
        for side, said in (("base", prompt[:40]), ("tuned", prompt[:40][::-1])):
            for end in range(len(said)):
                hear(found.model_copy(update={side: said[:end]}))
            done = {side: said, f"{side}_ms": 1.0, f"{side}_correct": said == prompt}
            found = found.model_copy(update=done)
            hear(found)
        return found


class Told(NamedTuple):
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.body.splitlines()]


class Site(NamedTuple):
    """A server that runs, and what it asks."""

    port: int
    echo: Echo
    bugs: list[Exception]

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Told:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, names)
        found = connection.getresponse()
        told = Told(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read())
        connection.close()
        return told

    def ask(self, prompt: Any, **headers: str) -> Told:
        body = json.dumps({"prompt": prompt}).encode()
        return self.send("POST", "/ask", body, **{"Content_Type": "application/json"} | headers)


@contextmanager
def site() -> Iterator[Site]:
    """A server on an ``Echo``."""
    echo, desk, bugs = Echo(), Desk(), []

    def work() -> None:
        try:
            desk.work(echo)
        except Exception as bug:  # noqa: BLE001
            bugs.append(bug)

    thread = threading.Thread(target=work)
    thread.start()
    with doors(None) as opened:
        app = application(page("echo", "run 1 of build 2", PROMPTS), desk)
        with serving(app, opened):
            yield Site(opened[0].getsockname()[1], echo, bugs)
    desk.fail(EOFError())
    thread.join()
