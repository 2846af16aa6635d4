"""What stands before the page: its policy, its style, and after it its script."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from engram.report.html.element import Html, el


def head(title: str) -> Html:
    """The head of the page. Its policy lets in this style and this script, and nothing else."""
    return el(
        "head",
        el("meta", charset="utf-8"),
        # Before anything that it is to govern.
        el("meta", http_equiv="Content-Security-Policy", content=policy()),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", title),
        el("style", _file("style.css")),
    )


def script() -> Html:
    """The script, which makes the answers searchable; without it they are all there to read."""
    return el("script", _file("script.js"))


def policy() -> str:
    """A Content Security Policy (Level 3): no request, no frame, no form, one style, one script."""
    style, code = _digest("style.css"), _digest("script.js")
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{code}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(name: str) -> str:
    return "sha256-" + b64encode(sha256(_file(name).encode()).digest()).decode("ascii")


@cache
def _file(name: str) -> Html:
    """A file of this package, as it stands in the page: the policy holds its digest."""
    return Html(files(__package__).joinpath(name).read_text("utf-8"))
