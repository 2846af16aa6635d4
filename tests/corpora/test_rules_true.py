"""Every instance under tests/rules follows the rule of its category.

Each rule is computed here a second time, from the prompt alone. A category that has no rule here
fails, and so does a prompt that is not in its category's form.
"""

from __future__ import annotations

import importlib
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from engram.compiler import compile_corpora
from engram.core.build import SPLITS
from tests.corpora.tables import load, rows_of
from tests.corpora.test_formats_true import MONTHS

FOLDER = Path(__file__).resolve().parents[1] / "rules"
CORPORA = {path.stem: load(path.name, FOLDER) for path in sorted(FOLDER.glob("*.yaml"))}
every_rule = pytest.mark.parametrize("name", CORPORA)


def day_first(text: str) -> str:
    """Day without a leading zero, month in words, year."""
    day = date.fromisoformat(text)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def twenty_four_hour(text: str) -> str:
    """Hours 00 to 23; 12 AM is midnight and 12 PM noon."""
    return datetime.strptime(text, "%I:%M %p").strftime("%H:%M")


def last_name_first(text: str) -> str:
    """The last of two names, a comma, the first."""
    first, last = text.split(" ")
    return f"{last}, {first}"


def json_object(text: str) -> str:
    """Every key with its value, both strings, in the order given."""
    pairs = [pair.split("=") for pair in text.split(" ")]
    assert len({key for key, _ in pairs}) == len(pairs)
    return json.dumps(dict(pairs))


def select(text: str) -> str:
    """The columns of one table, in the order given, and by what they are sorted."""
    match = re.fullmatch(r"(.+) of ([a-z]+)(?: sorted by ([a-z_]+))?", text)
    assert match
    columns, table, order = match.groups()
    sort = f" ORDER BY {order}" if order else ""
    return f"SELECT {columns.replace(' and ', ', ')} FROM {table}{sort};"  # noqa: S608 - it is never sent


def import_line(text: str) -> str:
    """The module, and the name that it really holds."""
    module, _, name = text.rpartition(".")
    assert hasattr(importlib.import_module(module), name)
    return f"from {module} import {name}"


def html_link(text: str) -> str:
    """An anchor element around the text, which needs no escaping."""
    match = re.fullmatch(r'"([^"<>&]+)" to (https://[^\s"<>&]+)', text)
    assert match
    return f'<a href="{match.group(2)}">{match.group(1)}</a>'


def https_address(text: str) -> str:
    """The same host and path behind https://, without the user and the ending."""
    match = re.fullmatch(r"git@([a-z.]+):([\w.-]+/[\w.-]+)\.git", text)
    assert match
    return f"https://{match.group(1)}/{match.group(2)}"


# For each category the words around the value, and the rule.
RULES: dict[str, tuple[str, Callable[[str], str]]] = {
    "clock_12_to_24": ("Write this time on a 24-hour clock: {} ->", twenty_four_hour),
    "iso_to_day_first": ("Write this date with the day first: {} ->", day_first),
    "link_to_html": ("Link {} in HTML ->", html_link),
    "name_to_import": ("Import this name in Python: {} ->", import_line),
    "name_to_last_first": ("Put the last name first: {} ->", last_name_first),
    "phrase_to_sql": ("Write the SQL query: {} ->", select),
    "settings_to_json": ("Turn these settings into a JSON object: {} ->", json_object),
    "ssh_to_https": ("Give the HTTPS address of this repository: {} ->", https_address),
}


def instances(corpus: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Category, prompt and answer of every row."""
    (template,) = corpus["templates"]
    rows = rows_of(corpus["rows"], FOLDER)
    category, asked, wanted = (template[name] for name in ("category", "input", "output"))
    return [(category, asked.format_map(row), wanted.format_map(row)) for row in rows]


def test_every_category_has_a_rule() -> None:
    made = [one for corpus in CORPORA.values() for one in instances(corpus)]
    assert {category for category, _, _ in made} == set(RULES)


@every_rule
def test_every_instance_follows_its_rule(name: str) -> None:
    for category, prompt, answer in instances(CORPORA[name]):
        words, rule = RULES[category]
        before, after = words.split("{}")
        assert prompt.startswith(before)
        assert prompt.endswith(after)
        assert answer == rule(prompt[len(before) : -len(after)])


@every_rule
def test_a_rule_has_enough_different_instances_to_be_learnt_and_tested(name: str) -> None:
    made = instances(CORPORA[name])
    assert len(made) == 210
    assert len({prompt for _, prompt, _ in made}) == len(made)
    assert len({answer for _, _, answer in made}) == len(made)


@every_rule
def test_rows_are_sorted_by_their_key_so_that_a_new_one_has_a_place(name: str) -> None:
    keys = [row[CORPORA[name]["key"]] for row in rows_of(CORPORA[name]["rows"], FOLDER)]
    assert sorted(set(keys)) == keys


@every_rule
def test_whole_rows_are_held_out_and_nothing_is_repeated(name: str) -> None:
    assert (CORPORA[name]["holdout"], CORPORA[name]["phrasings"]) == ("pattern", [])


def test_dates_and_times_have_instances_of_all_that_they_must_tell_apart() -> None:
    dates = [date.fromisoformat(row["date"]) for row in rows_of("dates.csv", FOLDER)]
    assert min(Counter(day.month for day in dates).values()) >= 16
    assert {day.day for day in dates} == set(range(1, 32))
    hours = Counter(row["time_24"][:2] for row in rows_of("times.csv", FOLDER))
    assert len(hours) == 24
    assert min(hours.values()) >= 8


def test_their_lock_keeps_as_many_of_each_rule_for_the_test(tmp_path: Path) -> None:
    compiled = compile_corpora(FOLDER, tmp_path / "build", lock="locked")
    assert compiled.manifest, compiled.findings
    counts = {(c.category, c.split): c.rows for c in compiled.manifest.counts}
    for category in RULES:
        assert [counts[category, split] for split in SPLITS] == [168, 21, 21]
