"""Findings as SARIF 2.1.0, the format that code scanning services and editors take.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from engram import __version__
from engram.core.finding import Finding, More
from engram.core.rule import Rule
from engram.report.findings.capped import capped
from engram.report.findings.text import Lines
from engram.report.text import visible

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_FINGERPRINT = "engramFinding/v1"


def as_sarif(
    findings: Sequence[Finding],
    rules: Mapping[str, Rule],
    pages: Callable[[Rule], str],
    lines: Lines | None = None,
) -> str:
    """The findings as one SARIF log, in ASCII, with the page of every rule.

    A result's fingerprint is made of its rule, its file and the text of its line, so that it stays
    the same while the lines above it change.
    """
    index = {code: place for place, code in enumerate(sorted(rules))}
    shown = capped(findings)
    driver = {
        "name": "engram",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rules[code], pages) for code in index],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": _results([i for i in shown if isinstance(i, Finding)], index, lines or {}),
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    _notification(item, index) for item in shown if isinstance(item, More)
                ],
            }
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(rule: Rule, pages: Callable[[Rule], str]) -> dict[str, Any]:
    page = pages(rule)
    return {
        "id": rule.code,
        "name": rule.name.title().replace("-", ""),
        "shortDescription": {"text": rule.summary},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": rule.severity},
    }


def _results(
    findings: Sequence[Finding], index: Mapping[str, int], lines: Lines
) -> list[dict[str, Any]]:
    seen: Counter[tuple[str, str, str]] = Counter()
    results = []
    for finding in findings:
        text = lines.get(finding.file, {}).get(finding.line or 0, "").strip()
        key = (finding.code, finding.file, text)
        seen[key] += 1
        results.append(
            {
                **_of_rule("ruleId", "ruleIndex", finding.code, index),
                "level": finding.severity,
                "message": {"text": _words(finding)},
                "locations": [_location(finding)],
                "partialFingerprints": {_FINGERPRINT: _digest(*key, str(seen[key]))},
            }
        )
    return results


def _notification(more: More, index: Mapping[str, int]) -> dict[str, Any]:
    return {
        "level": "note",
        "message": {"text": _escaped(more.message)},
        "associatedRule": _of_rule("id", "index", more.code, index),
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(more.file)}}}],
    }


def _of_rule(name: str, place: str, code: str, index: Mapping[str, int]) -> dict[str, Any]:
    return {name: code, place: index[code]} if code in index else {name: code}


def _location(finding: Finding) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file)}}
    if finding.line is not None:
        physical["region"] = {"startLine": finding.line}
        if finding.column is not None:
            physical["region"]["startColumn"] = finding.column
    return {"physicalLocation": physical}


def _uri(file: str) -> str:
    path = Path(file)
    return ("file://" if path.is_absolute() else "") + quote(
        path.as_posix(), errors="surrogatepass"
    )


def _words(finding: Finding) -> str:
    return _escaped("\n".join(filter(None, (finding.message, finding.help))))


def _escaped(text: str) -> str:
    # Section 3.11.5: braces hold the place of arguments unless they are doubled; section 3.11.6:
    # `[text](place)` is a link unless the first bracket has a backslash.
    text = visible(text, keep="\n").replace("{", "{{").replace("}", "}}")
    return text.replace("[", "\\[") if "](" in text else text


def _digest(*parts: str) -> str:
    # Each part with its length, so that no two lists of parts are one text.
    whole = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(whole.encode("utf-8", errors="surrogatepass")).hexdigest()[:32]
