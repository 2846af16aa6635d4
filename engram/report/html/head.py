"""What stands before a page: its style, and the policy that lets in that style and one script."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from engram.report.html.element import Html, el


def head(title: str, style: Html, *more: Html) -> Html:
    """The head of a page. ``more`` stands before anything that it is to govern."""
    return el(
        "head",
        el("meta", charset="utf-8"),
        *more,
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", title),
        el("style", style),
    )


def policy(style: Html, script: Html) -> str:
    """A Content Security Policy (Level 3): no request, no frame, no form, one style, one script."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def part(package: str, name: str) -> Html:
    """A file of a package, as it stands in a page: the policy holds its digest."""
    return Html(files(package).joinpath(name).read_text("utf-8"))


def style() -> Html:
    """The style that every page shares."""
    return part(__package__, "style.css")


def _digest(text: Html) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode("ascii")
