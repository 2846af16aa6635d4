"""Every row of dates_and_times.csv follows the two rules, which are those of formats.yaml."""

from __future__ import annotations

from collections import Counter
from datetime import date, time

import pytest

from tests.corpora.tables import load, rows_of
from tests.corpora.test_formats_true import PATTERNS, RULES, long_date, twelve_hour

CORPUS = load("dates_and_times.yaml")
ROWS = rows_of(CORPUS["rows"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["date"])
def test_a_row_follows_both_rules(row: dict[str, str]) -> None:
    assert row["long_date"] == long_date(row["date"])
    assert row["clock_time"] == twelve_hour(row["time"])
    assert date.fromisoformat(row["date"]).isoformat() == row["date"]
    assert time.fromisoformat(row["time"]).isoformat("minutes") == row["time"]


def test_the_prompts_are_those_of_the_rules_in_formats() -> None:
    asked = {template["category"]: template["input"] for template in CORPUS["templates"]}
    slots = {"iso_to_long_date": "{date}", "clock_24_to_12": "{time}"}
    assert asked == {name: f"{RULES[name][0]} {slot} ->" for name, slot in slots.items()}


def test_no_instance_stands_twice_or_in_formats() -> None:
    for column in ("date", "time"):
        assert max(Counter(row[column] for row in ROWS).values()) == 1
    made = {template["input"].format_map(row) for template in CORPUS["templates"] for row in ROWS}
    assert len(made) == 2 * len(ROWS)
    assert not made & {pattern["input"] for pattern in PATTERNS}


def test_there_are_enough_instances_of_everything_that_a_rule_must_tell_apart() -> None:
    dates = [date.fromisoformat(row["date"]) for row in ROWS]
    assert len(ROWS) >= 200
    assert min(Counter(day.month for day in dates).values()) >= 16
    assert set(range(1, 32)) == {day.day for day in dates}
    assert min(Counter(row["time"][:2] for row in ROWS).values()) >= 7
    assert len({row["time"][:2] for row in ROWS}) == 24


def test_rows_are_sorted_by_date_so_that_a_new_one_has_a_place() -> None:
    assert sorted(ROWS, key=lambda row: row["date"]) == ROWS


def test_it_is_a_rule_whose_rows_are_held_out_whole() -> None:
    assert (CORPUS["holdout"], CORPUS["key"], CORPUS["phrasings"]) == ("pattern", "date", [])
