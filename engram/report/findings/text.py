"""Findings for a person: the place, what is wrong, the line itself, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engram.core.finding import Finding, More, Severity
from engram.report.findings.capped import capped
from engram.report.findings.excerpt import excerpt
from engram.report.screen import Screen
from engram.report.text import ELLIPSIS, visible

# The lines of files, by name and number, as far as they could be read.
Lines = Mapping[str, Mapping[int, str]]

_COLOURS: dict[Severity, str] = {"error": "red", "warning": "yellow"}
_PLAIN = Screen(color=False)


def as_text(
    findings: Sequence[Finding], lines: Lines | None = None, screen: Screen = _PLAIN
) -> str:
    """The findings as paragraphs: ``file:line:column: severity CODE message``, line, mark, help."""
    return "".join(
        f"{line}\n" for item in capped(findings) for line in _paragraph(item, lines or {}, screen)
    )


def as_concise(findings: Sequence[Finding], screen: Screen = _PLAIN) -> str:
    """The findings as one line each: ``file:line:column: severity CODE message``."""
    return "".join(f"{_head(item, screen)}\n" for item in capped(findings))


def _paragraph(item: Finding | More, lines: Lines, screen: Screen) -> Iterator[str]:
    yield _head(item, screen)
    if isinstance(item, More):
        return
    yield from _source(item, lines, screen)
    if item.help:
        yield f"    {visible(item.help)}"


def _head(item: Finding | More, screen: Screen) -> str:
    place = screen.paint(
        f"{visible(item.file if isinstance(item, More) else item.place)}:", bold=True
    )
    severity = screen.paint(item.severity, fg=_COLOURS[item.severity], bold=True)
    return f"{place} {severity} {item.code} {visible(item.message)}"


def _source(finding: Finding, lines: Lines, screen: Screen) -> Iterator[str]:
    line = lines.get(finding.file, {}).get(finding.line or 0, "")
    if not line.strip():
        return
    number = f"{finding.line or 0:>7}"
    bar = " | "
    room = screen.width - len(number) - len(bar)
    ellipsis = ELLIPSIS if screen.unicode else "..."
    text, mark = excerpt(line, finding.column or 1, room, ellipsis=ellipsis)
    yield f"{screen.paint(number + bar, dim=True)}{text}"
    if finding.column is not None:
        caret = screen.paint("^", fg=_COLOURS[finding.severity], bold=True)
        yield f"{screen.paint(' ' * len(number) + bar, dim=True)}{' ' * mark}{caret}"
