"""HTML that is safe by construction: a plain string is data, and is escaped where it is put."""

from __future__ import annotations

from html import escape

from engram.report.text import visible

Value = str | int | float | bool | None

# Elements that have no content, and no end tag either.
_VOID = frozenset({"meta", "link", "br", "input"})


class Html(str):
    """Markup that was built here. Any other string is data."""

    __slots__ = ()


def el(name: str, /, *children: str | None, **attributes: Value) -> Html:
    """An element. ``class_`` is written as class, ``data_x`` as data-x; null is left out."""
    head = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Html(head if name in _VOID else f"{head}{join(*children)}</{name}>")


def join(*parts: str | None, by: str = "") -> Html:
    """The parts one after another, data escaped."""
    return Html(by.join(text(part) for part in parts if part is not None))


def text(data: str) -> Html:
    """The data as markup that shows it; no character of it is invisible or reorders others."""
    if isinstance(data, Html):
        return data
    return Html(escape(visible(data, keep="\n")))


def quoted(data: str, **attributes: Value) -> Html:
    """A text from a corpus or a model, with its spaces and lines kept and its direction its own."""
    return el("bdi", data, class_="data", **attributes)


def _attribute(key: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    shown = number(value) if isinstance(value, float) else str(value)
    return f' {name}="{text(shown)}"'


def number(value: float) -> str:
    """A coordinate, to two decimal places and no more digits than it needs."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
