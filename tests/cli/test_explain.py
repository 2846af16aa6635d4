"""``engram explain``: every rule, for a person at 80 columns and for a program."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from engram.cli.exits import exit_code_of
from engram.cli.explain import command
from engram.compiler.page import close_to, page_of, rule_named
from engram.compiler.rules import RULES
from engram.report.text import width


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, standalone_mode=False, env={"COLUMNS": "80"})


@pytest.mark.parametrize("code", RULES)
def test_every_page_fits_80_columns_and_has_its_examples(code: str) -> None:
    output = run(code).output
    assert output.startswith(f"{code}: {RULES[code].name}\n")
    assert max(map(width, output.splitlines())) <= 80
    assert "```" not in output
    if "## Bad" in page_of(RULES[code]):
        assert "\nBad\n" in output
        assert "\nGood\n" in output


def test_the_list_names_every_rule_within_80_columns() -> None:
    output = run().output
    assert all(rule.code in output and rule.name in output for rule in RULES.values())
    assert max(map(width, output.splitlines())) <= 80


def test_a_rule_is_found_by_code_name_or_the_beginning_of_either_in_any_case() -> None:
    for wanted in ("ENG204", "eng204", " retyped-value ", "Retyped"):
        assert rule_named(wanted).code == "ENG204"


@pytest.mark.parametrize("wanted", ["", "ENG", "ENG999", "nothing at all", "\x1b[2J"])
def test_an_unknown_rule_exits_with_2(wanted: str) -> None:
    assert exit_code_of(lambda: command.main([wanted], standalone_mode=False)) == 2


@pytest.mark.parametrize(
    ("wanted", "close"), [("ENG2O4", "ENG204"), ("retyped-vlaue", "retyped-value")]
)
def test_an_unknown_rule_names_those_that_are_close(wanted: str, close: str) -> None:
    assert close in close_to(wanted)


def test_other_formats_hold_the_same_page_and_say_whether_a_rule_can_be_ignored() -> None:
    assert run("ENG204", "--format", "markdown").output == page_of(RULES["ENG204"])
    document = json.loads(run("ENG204", "--format", "json").output)
    assert document["page"] == page_of(RULES["ENG204"])
    assert (document["name"], document["ignorable"]) == ("retyped-value", False)


def test_other_formats_list_every_rule() -> None:
    assert [rule["code"] for rule in json.loads(run("--format", "json").output)] == sorted(RULES)
    assert run("--format", "markdown").output.count("\n") == len(RULES) + 2
