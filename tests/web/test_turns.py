"""One asking at a time, for as long as somebody listens."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.web.factories import Site


def asking(served: Site, prompt: str) -> socket.socket:
    """A connection on which the prompt was asked."""
    body = json.dumps({"prompt": prompt})
    connection = socket.create_connection(("127.0.0.1", served.port), timeout=60)
    head = f"POST /ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    connection.sendall(f"{head}Content-Type: application/json\r\n\r\n{body}".encode())
    return connection


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_all_who_ask_at_once_get_their_own_answers_one_after_another(served: Site) -> None:
    prompts = [f"prompt number {i}" for i in range(12)]
    with ThreadPoolExecutor(len(prompts)) as clients:
        told = list(clients.map(served.ask, prompts))
    for prompt, answer in zip(prompts, told):
        card = answer.events[-1]["card"]
        assert f'<bdi class="data">{prompt[::-1]}</bdi>' in card
        assert sum(other in card for other in (f">{one}<" for one in prompts)) == 1
    assert sorted(served.echo.asked) == sorted(prompts)
    assert served.echo.most_at_once == 1


def test_a_client_that_goes_away_ends_its_answer(served: Site) -> None:
    with asking(served, "on and on") as connection:
        assert served.echo.began.wait(60)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        assert not served.echo.ended.is_set()
    assert served.echo.ended.wait(60)
    said = served.echo.tokens
    assert served.ask("next").events[-1]["done"]
    assert served.echo.tokens == said


def test_a_client_that_goes_away_before_its_turn_is_never_asked_for(served: Site) -> None:
    with ThreadPoolExecutor(1) as client:
        with asking(served, "on and on"):
            assert served.echo.began.wait(60)
            with asking(served, "impatient"):
                time.sleep(0.2)  # by then it is in the queue, or else it is not there at all
            patient = client.submit(served.ask, "patient")
            time.sleep(0.2)
            assert not patient.done()
        assert patient.result().events[-1]["done"]
    assert served.echo.asked == ["on and on", "patient"]


def test_what_nobody_foresaw_is_told_and_raised_where_the_model_is(served: Site) -> None:
    told = served.ask("bug")
    assert told.status == 500
    assert told.events == [{"fault": "engram has a bug, and ends here; its terminal says more."}]
    wait_until(lambda: bool(served.bugs))
    assert [type(bug) for bug in served.bugs] == [ZeroDivisionError]
