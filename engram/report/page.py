"""Markdown pages of prose and code, for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engram.report.screen import Screen
from engram.report.text import visible, wrap

_INDENT = "    "
_FENCE = "```"
_GLUE = "\N{NO-BREAK SPACE}"
_CODE = re.compile(r"`([^`]+)`")


def page_on_screen(markdown: str, screen: Screen) -> str:
    """The page with its prose wrapped to the screen, its headings bold and its code indented."""
    lines: list[str] = []
    for block in _blocks(markdown):
        lines += [*_shown(block, screen), ""]
    return "\n".join(lines[:-1]) + "\n"


def _blocks(markdown: str) -> Iterator[list[str]]:
    """Runs of lines that belong together: a heading, a paragraph, or a fenced block with code."""
    block: list[str] = []
    for line in markdown.splitlines():
        fenced = bool(block) and block[0].startswith(_FENCE)
        if not line and not fenced:
            if block:
                yield block
            block = []
            continue
        block.append(line)
        if fenced and line == _FENCE:
            yield block
            block = []
    if block:
        yield block


def _shown(block: list[str], screen: Screen) -> list[str]:
    first = block[0]
    if first.startswith("#"):
        return [screen.paint(visible(first.lstrip("# ")), bold=True)]
    if first.startswith(_FENCE):
        name = " ".join(first.removeprefix(_FENCE).split()[1:])
        head = [f"{_INDENT}{screen.paint(f'# {visible(name)}', dim=True)}"] if name else []
        return head + [(_INDENT + visible(line)).rstrip() for line in block[1:-1]]
    # A line is broken at spaces, but not at those within a text set as code.
    glued = _CODE.sub(lambda found: found[0].replace(" ", _GLUE), " ".join(block))
    lines = (line.rstrip().replace(_GLUE, " ") for line in wrap(glued, screen.width))
    return [_CODE.sub(lambda found: _code(found, screen), line) for line in lines]


def _code(found: re.Match[str], screen: Screen) -> str:
    # Without colours the marks stay: they say where a text begins and ends.
    return screen.paint(found[1], fg="cyan") if screen.color else found[0]
