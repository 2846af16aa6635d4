"""Findings as workflow commands, which GitHub Actions shows beside the lines of a change.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engram.core.finding import Finding, More
from engram.core.rule import Rule
from engram.report.findings.capped import capped
from engram.report.text import visible

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def as_github(findings: Sequence[Finding], rules: Mapping[str, Rule]) -> str:
    """The findings as lines ``::error file=...,line=...,col=...,title=...::message``."""
    return "".join(f"{_command(item, rules)}\n" for item in capped(findings))


def _command(item: Finding | More, rules: Mapping[str, Rule]) -> str:
    rule = rules.get(item.code)
    properties: dict[str, object] = {"file": item.file}
    words = [item.message]
    if isinstance(item, Finding):
        properties |= {"line": item.line, "col": item.column}
        words.append(item.help)
    properties["title"] = f"{item.code} {rule.name}" if rule else item.code
    written = ",".join(
        f"{name}={visible(str(value)).translate(_PROPERTY)}"
        for name, value in properties.items()
        if value is not None
    )
    message = "\n".join(visible(word) for word in words if word).translate(_DATA)
    return f"::{item.severity} {written}::{message}"
