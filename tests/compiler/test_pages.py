"""Every rule has a page, and every page is true: its bad example is bad and its good one good."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engram.compiler import validate
from engram.compiler.page import FOLDER, page_of
from engram.compiler.rules import RULES, patterns
from engram.core.rule import Rule

PAGES = Path(__file__).parents[2] / "engram" / "compiler" / FOLDER
BLOCK = re.compile(r"^```(.*)\n((?:.*\n)*?)```\n", re.MULTILINE)

# What every corpus of one or two patterns is told.
SMALL = {patterns.UNTESTED.code}

# The net below all other rules: nothing that leads to it is known.
WITHOUT_EXAMPLES = {"ENG207"}

# Looked for where a model is named, and compiled in tests/lab/test_fitness.py.
WITHOUT_EXAMPLES |= {"ENG413", "ENG414", "ENG415", "ENG416"}
EXAMPLES = sorted(RULES.keys() - WITHOUT_EXAMPLES)


def found_in(page: str, heading: str, folder: Path) -> set[str]:
    """The codes of what is found in the examples below a heading of a page."""
    blocks = BLOCK.findall(page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0])
    assert blocks
    if blocks[0][0] == "sh":
        return found_by_commands(blocks[0][1], folder)
    for info, text in blocks:
        language, *words = info.split()
        assert language in ("yaml", "json", "jsonl", "csv", "toml")
        names = [word for word in words if word != "escaped"]
        path = folder / (names[0] if names else f"corpus.{language}")
        path.parent.mkdir(parents=True, exist_ok=True)
        escaped = "escaped" in words
        path.write_bytes(as_bytes(text) if escaped else text.encode())
    return {finding.code for finding in validate([folder])}


def found_by_commands(commands: str, folder: Path) -> set[str]:
    engram = f'engram() {{ "{sys.executable}" -m engram "$@" --format json; }}'
    done = subprocess.run(
        ["sh", "-c", f"{engram}\n{commands}"], cwd=folder, capture_output=True, check=False
    )
    return {finding["code"] for finding in json.loads(done.stdout)["findings"]}


def as_bytes(text: str) -> bytes:
    return re.sub(
        rb"\\x([0-9a-f]{2})", lambda found: bytes.fromhex(found[1].decode()), text.encode()
    )


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_bad_example_of_a_page_breaks_that_rule_and_no_other(code: str, tmp_path: Path) -> None:
    assert found_in(page_of(RULES[code]), "Bad", tmp_path) - (SMALL - {code}) == {code}


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_good_example_of_a_page_keeps_every_rule(code: str, tmp_path: Path) -> None:
    assert found_in(page_of(RULES[code]), "Good", tmp_path) - (SMALL - {code}) == set()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_a_page_begins_with_its_code_and_name_and_has_no_line_to_scroll(rule: Rule) -> None:
    lines = page_of(rule).splitlines()
    assert lines[0] == f"# {rule.code}: {rule.name}"
    assert max(map(len, lines)) <= 110
    assert lines[2]


def test_there_is_a_page_for_every_rule_and_no_other() -> None:
    assert {path.stem for path in PAGES.iterdir()} == RULES.keys()


def test_codes_names_and_summaries_are_each_their_own_and_say_something() -> None:
    rules = list(RULES.values())
    assert len({rule.name for rule in rules}) == len({rule.summary for rule in rules}) == len(rules)
    for rule in rules:
        assert re.fullmatch(r"ENG[1-9][0-9]{2}", rule.code)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
        assert rule.summary.endswith(".")
        assert "\n" not in rule.summary


def test_only_an_error_can_be_fatal_and_only_a_fatal_one_cannot_be_waived() -> None:
    for rule in RULES.values():
        assert rule.fatal == (rule.severity == "error" and not rule.waivable)
