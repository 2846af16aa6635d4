"""What a page may ask, and what it is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.factories import Site

JSON = {"Content_Type": "application/json"}


def test_both_answers_grow_line_by_line(served: Site) -> None:
    told = served.ask("abc")
    assert told.status == 200
    assert told.headers["content-type"] == "application/x-ndjson"
    cards = [event["card"] for event in told.events]
    assert [event["done"] for event in told.events] == [False] * (len(cards) - 1) + [True]
    grown = [card.partition('<dd class="tuned">')[2] for card in cards]
    assert sorted(grown, key=len) == grown
    assert "cba" in grown[-1]
    states = list(dict.fromkeys(event["state"] for event in told.events))
    assert states[:2] == ["The base is answering.", "The tuned model is answering."]
    assert " Base, right: abc Tuned, wrong: cba" in states[2]
    for shown in ("✓", "✗", "expected", "1 ms"):
        assert shown in cards[-1]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a\u202eb\x1b[2J", "é 🙂\n\tx"])
def test_any_text_is_asked_as_it_is_and_shown_as_text(served: Site, text: str) -> None:
    told = served.ask(text)
    assert served.echo.asked == [text]
    card = told.events[-1]["card"]
    assert "<script" not in card
    assert not {"\u202e", "\x1b", "\t"} & set(card + told.events[-1]["state"])


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b"{", 400, "not JSON"),
        (b"", 400, "not JSON"),
        (b"[" * 90_000, 400, "not JSON"),
        (b'"hello"', 400, "not JSON"),
        (b'{"prompt": 404}', 400, "not JSON"),
        (b'{"prompt": "a", "limit": 1}', 400, "not JSON"),
        (b'{"prompt": "\xff"}', 400, "valid UTF-8"),
        (b'{"prompt": "\\ud800"}', 400, "valid UTF-8"),
        (b'{"prompt": "a\\u0000b"}', 400, "NUL"),
        (b'{"prompt": ""}', 400, "nothing to ask"),
        (b'{"prompt": " \\n "}', 400, "nothing to ask"),
        (json.dumps({"prompt": "x" * 8001}).encode(), 413, "8,000 characters at most"),
        (b" " * 200_000, 413, "8,000 characters at most"),
        (b'{"prompt": "refused"}', 422, "The model cannot be asked 'refused'."),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(
    served: Site, body: bytes, status: int, sentence: str
) -> None:
    told = served.send("POST", "/ask", body, **JSON)
    assert told.status == status
    (event,) = told.events
    assert event.keys() == {"fault"}
    assert sentence in event["fault"]
    assert served.echo.asked in ([], ["refused"])
    assert served.ask("still there").status == 200


@pytest.mark.parametrize("prompt", ["x" * 8000, "🙂" * 8000])
def test_a_prompt_of_the_greatest_length_is_asked(served: Site, prompt: str) -> None:
    # json.dumps spells each of them in twelve bytes, a browser in four.
    assert served.ask(prompt).status == 200
    assert served.echo.asked == [prompt]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "", "localhost.x"])
def test_another_name_for_this_machine_is_refused(served: Site, host: str) -> None:
    for told in (served.send("GET", "/", Host=host), served.ask("hello", Host=host)):
        assert told.status == 403
        assert told.events == [{"fault": "This page answers to localhost alone."}]
    assert served.echo.asked == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:65535", "[::1]:8000"])
def test_a_name_of_this_machine_is_answered_by_any_port(served: Site, host: str) -> None:
    assert served.send("GET", "/", Host=host).status == 200
    assert served.ask("hello", Host=host, Origin=f"http://{host}").status == 200


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:1", "https://127.0.0.1:{port}", ""],
)
def test_another_page_may_not_ask(served: Site, origin: str) -> None:
    told = served.ask("hello", Origin=origin.format(port=served.port))
    assert told.status == 403
    assert told.events == [{"fault": "Another page may not ask here."}]
    assert served.echo.asked == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""]
)
def test_what_a_form_can_send_is_no_asking(served: Site, kind: str) -> None:
    told = served.ask("hello", Content_Type=kind)
    assert (told.status, told.events) == (415, [{"fault": "A prompt is sent as JSON."}])
    assert served.echo.asked == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/ask", 405), ("POST", "/", 405), ("GET", "/../etc/passwd", 404), ("GET", "/x", 404)],
)
def test_there_is_nothing_else(served: Site, method: str, path: str, status: int) -> None:
    told = served.send(method, path)
    assert told.status == status
    assert "fault" in told.events[0]


def test_every_answer_has_the_policy_and_is_not_kept(served: Site) -> None:
    answers: list[Any] = [
        served.send("GET", "/"),
        served.ask("hello"),
        served.ask(""),
        served.send("GET", "/", Host="evil.example"),
    ]
    for told in answers:
        assert told.headers["content-security-policy"].startswith("default-src 'none'; ")
        assert told.headers["cache-control"] == "no-store"
        assert told.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in told.headers
