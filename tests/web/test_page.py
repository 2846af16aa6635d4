"""The page that asks: made of nothing but itself, whatever the prompts are."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256

import pytest

from engram.web.page import page
from tests.report.parsed import Element, parsed
from tests.web.factories import Site

HOSTILE = ("</script><script>alert(1)</script>", "<!--<script>", "a\u202eb\x00\ud800", "'\"&lt;")


def structure(shown: Element) -> list[tuple[str, list[str]]]:
    return [(element.name, sorted(element.attributes)) for element in shown.all()]


def test_the_policy_lets_in_this_style_and_script_and_asking_alone(served: Site) -> None:
    told = served.send("GET", "/")
    shown = parsed(told.body.decode())
    expected = {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "connect-src": "'self'",
        "img-src": "data:",
        "frame-ancestors": "'none'",
    }
    scripts = [one for one in shown.all("script") if "type" not in one.attributes]
    for name, (element,) in (("style", shown.all("style")), ("script", scripts)):
        digest = b64encode(sha256(element.text.encode()).digest()).decode()
        expected[f"{name}-src"] = f"'sha256-{digest}'"
    rules = told.headers["content-security-policy"].split("; ")
    assert dict(rule.split(" ", 1) for rule in rules) == expected


def test_nothing_is_fetched_but_answers(served: Site) -> None:
    whole = served.send("GET", "/").body.decode()
    assert not re.search(r"https?:|//\w|url\(|@import|XMLHttp|WebSocket|EventSource", whole)
    assert re.findall(r"fetch\([^)]*", whole) == [
        'fetch("ask", { method: "POST", headers, body, signal }'
    ]
    for element in parsed(whole).all():
        assert not {"src", "srcset", "style", "action"} & element.attributes.keys()
        assert element.attributes.get("href", "data:,") == "data:,"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_changes_what_the_page_is_made_of(text: str) -> None:
    shown = parsed(page(text, text, [text]))
    assert structure(shown) == structure(parsed(page("model", "run", ["prompt"])))
    assert json.loads(shown.one("script", id="prompts").text) == [text]
    assert not {"\u202e", "\x00", "\ud800"} & set(page(text, text, [text]))


def test_a_build_that_lists_no_prompts_has_no_list() -> None:
    assert not parsed(page("model", "run", [])).all("nav")


def test_every_control_has_a_name_and_what_is_named_is_there() -> None:
    shown = parsed(page("model", "run", ["prompt"]))
    ids = [element.attributes["id"] for element in shown.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in shown.all():
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert set(str(element.attributes.get(name, "")).split()) <= set(ids)
    assert shown.one("label", for_="prompt").text
    assert all(button.text for button in shown.all("button"))
    assert shown.one("p", role="status")
