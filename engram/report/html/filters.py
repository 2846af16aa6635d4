"""What the answers can be searched and filtered by. Hidden until the script can serve it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engram.core.build import PROBE_NAMES
from engram.core.results import Answered
from engram.report.figures import PROBE_TITLES
from engram.report.html.element import Html, el

# What the tuned model did, and what the base had done; ``*`` is anything.
OUTCOMES = (
    ("* right", "tuned right"),
    ("* wrong", "tuned wrong"),
    ("wrong right", "gained: wrong, then right"),
    ("right wrong", "lost: right, then wrong"),
    ("right right", "right both times"),
    ("wrong wrong", "wrong both times"),
)


def filters(answered: Sequence[Answered]) -> Html:
    """A form of a search and three choices, and how many rows they leave."""
    probes = {one.probe for one in answered}
    categories = sorted({one.category for one in answered})
    return el(
        "form",
        _field("search", "Search", el("input", id="search", type="search", autocomplete="off")),
        _choice("probe", [(name, PROBE_TITLES[name]) for name in PROBE_NAMES if name in probes]),
        _choice("category", [(name, name) for name in categories]),
        _choice("outcome", OUTCOMES),
        el("output", f"{len(answered):,} rows", id="count", aria_live="polite"),
        id="filters",
        role="search",
        aria_label="Answers",
        hidden=True,
    )


def _choice(name: str, options: Iterable[tuple[str, str]]) -> Html:
    choices = [el("option", "all", value="")]
    choices += [el("option", shown, value=value) for value, shown in options]
    return _field(name, name.capitalize(), el("select", *choices, id=name))


def _field(name: str, label: str, control: Html) -> Html:
    return el("div", el("label", label, for_=name), control, class_="field")
