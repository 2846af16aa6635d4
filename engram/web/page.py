"""The page: a box for a prompt, the prompts of the build to choose from, and room for answers."""

from __future__ import annotations

import json
from collections.abc import Sequence

from engram.report.html.element import Html, el, quoted
from engram.report.html.head import head, part, policy, style
from engram.web.asked import MOST_CHARACTERS

# Browsers ask for an icon, and complain where the policy forbids it: it is empty.
ICON = "data:,"


def page(model: str, origin: str, prompts: Sequence[str]) -> str:
    """The page on a model. ``origin`` says which run it is of; ``prompts`` are to choose from."""
    body = el(
        "body",
        el("header", el("p", origin, class_="eyebrow"), el("h1", "Ask base and tuned")),
        el("main", _form(model), _listed(prompts), _answers()),
        # Data for the script, which is told apart from what a button shows of it.
        el("script", _as_json(prompts), type="application/json", id="prompts"),
        el("script", _script()),
    )
    icon = el("link", rel="icon", href=ICON)
    whole = el("html", head(f"{model}: base and tuned", _style(), icon), body, lang="en")
    return f"<!doctype html>\n{whole}\n"


def page_policy() -> str:
    """The policy of the page: as that of a report, and it may ask the server that it came from."""
    own = policy(_style(), _script())
    return f"{own}; connect-src 'self'; img-src data:; frame-ancestors 'none'"


def _form(model: str) -> Html:
    return el(
        "form",
        el("label", "Prompt for ", quoted(model), ", untuned and tuned", for_="prompt"),
        el(
            "textarea",
            id="prompt",
            rows=3,
            maxlength=MOST_CHARACTERS,
            autocomplete="off",
            spellcheck="false",
            aria_describedby="keys",
        ),
        el(
            "div",
            el("button", "Ask", type="submit", id="ask"),
            el("small", "Enter asks, Shift-Enter is a new line, Esc stops.", id="keys"),
            class_="row",
        ),
        el("noscript", el("p", "Asking needs JavaScript.")),
        el("p", id="state", role="status"),
        id="form",
    )


def _listed(prompts: Sequence[str]) -> Html | None:
    if not prompts:
        return None
    items = (el("li", el("button", quoted(prompt), type="button")) for prompt in prompts)
    return el(
        "nav",
        el("h2", "Prompts of the build", id="listed-title"),
        el("ol", *items, id="listed"),
        aria_labelledby="listed-title",
    )


def _answers() -> Html:
    title = el("h2", "Answers", class_="spoken", id="answers-title")
    return el(
        "section", title, el("ul", class_="demo", id="answers"), aria_labelledby="answers-title"
    )


def _as_json(prompts: Sequence[str]) -> Html:
    """JSON that stays what it is within a script element: it has no ``<`` that could end it."""
    return Html(json.dumps(list(prompts)).replace("<", "\\u003c"))


def _style() -> Html:
    return Html(style() + part(__package__, "page.css"))


def _script() -> Html:
    return part(__package__, "page.js")
