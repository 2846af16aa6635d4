"""Findings for programs: JSON, workflow commands and SARIF say all, and escape what they say."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.compiler.page import page_of
from engram.compiler.rules import RULES as ALL_RULES
from engram.core.finding import Finding
from engram.report.findings.capped import MOST
from engram.report.findings.counts import Looked
from engram.report.findings.github import as_github
from engram.report.findings.record import validated
from engram.report.findings.sarif import as_sarif
from engram.report.text import visible
from tests.report.findings.factories import ERROR, FINDINGS, RULES, WARNING, many

SCHEMA = Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json"
COMMAND = re.compile(r"::(error|warning) ((?:[a-z]+=[^:,\r\n]*,?)+)::([^\r\n]*)")


def sarif(findings: list[Finding], lines: Any = None) -> Any:
    text = as_sarif(findings, RULES, lambda rule: rule.help, lines)
    assert text.isascii()
    return json.loads(text)


@cache
def validator() -> jsonschema.Draft7Validator:
    return jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def unescaped(text: str) -> str:
    for code, char in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_json_holds_everything() -> None:
    document = validated([ERROR, WARNING], Looked(2, 9)).model_dump(mode="json")
    assert (document["files"], document["patterns"]) == (2, 9)
    assert (document["errors"], document["warnings"]) == (1, 1)
    assert [Finding.model_validate(finding) for finding in document["findings"]] == [ERROR, WARNING]
    assert document["more"] == []


def test_json_counts_what_it_does_not_list() -> None:
    document = validated([ERROR, *many(MOST + 7)], Looked(2, 200)).model_dump(mode="json")
    assert len(document["findings"]) == MOST + 1
    assert document["warnings"] == MOST + 7
    assert document["more"] == [
        {"file": "b.yaml", "code": "ENG310", "severity": "warning", "count": 7}
    ]


def test_a_workflow_command_names_the_place_and_the_rule() -> None:
    assert as_github([ERROR, WARNING], RULES) == (
        "::error file=a.yaml,line=3,col=7,title=ENG204 retyped-value::not text%0AQuote.\n"
        "::warning file=b.yaml,title=ENG310 space-around-output::a space\n"
    )


@given(FINDINGS)
def test_a_workflow_command_can_be_read_back_whatever_it_says(findings: list[Finding]) -> None:
    lines = as_github(findings, RULES).split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(findings)
    for finding, line in zip(findings, lines, strict=True):
        found = COMMAND.fullmatch(line)
        assert found
        properties = dict(pair.split("=", 1) for pair in found[2].split(","))
        assert unescaped(properties["file"]) == visible(finding.file)
        words = filter(None, (finding.message, finding.help))
        assert unescaped(found[3]) == "\n".join(map(visible, words))


def test_a_workflow_is_told_how_many_more_there_are() -> None:
    last = as_github(many(MOST + 5), RULES).splitlines()[-1]
    assert last == (
        "::warning file=b.yaml,title=ENG310 space-around-output"
        "::5 more findings of ENG310 in this file"
    )


@given(FINDINGS)
def test_sarif_is_valid_whatever_it_says(findings: list[Finding]) -> None:
    validator().validate(sarif(findings))


def test_sarif_with_every_rule_and_page_is_valid() -> None:
    log = json.loads(as_sarif([ERROR, WARNING, *many(MOST + 1)], ALL_RULES, page_of))
    validator().validate(log)
    driver = log["runs"][0]["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == sorted(ALL_RULES)
    assert all("## " in rule["help"]["markdown"] for rule in driver["rules"][:5])


def test_sarif_points_at_the_rule_and_the_region() -> None:
    (run,) = sarif([ERROR, WARNING])["runs"]
    first, second = run["results"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "ENG204"
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a.yaml"}
    assert place["region"] == {"startLine": 3, "startColumn": 7}
    assert "region" not in second["locations"][0]["physicalLocation"]
    assert (first["level"], second["level"]) == ("error", "warning")
    assert first["message"]["text"] == "not text\nQuote."


def test_sarif_notes_how_many_more_there_are() -> None:
    (run,) = sarif(many(MOST + 5))["runs"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "5 more findings of ENG310 in this file"
    assert note["associatedRule"]["id"] == "ENG310"
    assert len(run["results"]) == MOST


def test_a_fingerprint_outlives_lines_that_are_added_above() -> None:
    moved = ERROR.model_copy(update={"line": 30})
    (one,), (other,) = (
        sarif([finding], {"a.yaml": {finding.line: " output: 404"}})["runs"][0]["results"]
        for finding in (ERROR, moved)
    )
    assert one["partialFingerprints"] == other["partialFingerprints"]


def test_no_two_results_have_one_fingerprint() -> None:
    found = [ERROR, ERROR, *many(5), ERROR.model_copy(update={"file": "c.yaml"})]
    results = sarif(found)["runs"][0]["results"]
    prints = {json.dumps(result["partialFingerprints"]) for result in results}
    assert len(prints) == len(found)


@pytest.mark.parametrize("file", ["a b.yaml", "é:%#?.yaml", "/srv/ü/a.yaml", "../x.yaml"])
def test_a_uri_leads_back_to_the_file(file: str) -> None:
    result = sarif([ERROR.model_copy(update={"file": file})])["runs"][0]["results"][0]
    uri = urlsplit(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
    assert unquote(uri.path) == file
    assert uri.scheme == ("file" if file.startswith("/") else "")
    assert uri.fragment == uri.query == ""


@given(st.text(st.characters(), max_size=20))
def test_a_sarif_message_has_no_placeholder_and_no_link(text: str) -> None:
    finding = ERROR.model_copy(update={"message": "{0} [x](http://y) " + text, "help": ""})
    written = sarif([finding])["runs"][0]["results"][0]["message"]["text"]
    assert not re.search(r"(?<!\\)\[[^\]]*\]\(", written)
    assert written.replace("{{", "").replace("}}", "").count("{") == 0
