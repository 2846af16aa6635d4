"""What country_codes.csv says is what ISO 3166-1 says, by way of the library pycountry."""

from __future__ import annotations

from collections import Counter

import pycountry
import pytest

from tests.corpora.tables import load, rows_of

CORPUS = load("country_codes.yaml")
ROWS = rows_of(CORPUS["rows"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["alpha_2"])
def test_a_code_is_that_of_its_country(row: dict[str, str]) -> None:
    country = pycountry.countries.get(alpha_2=row["alpha_2"])
    assert country is not None
    assert row["country"] in (country.name, getattr(country, "common_name", None))


def test_there_are_as_many_as_a_lookup_needs_and_none_is_there_twice() -> None:
    assert len(ROWS) >= 200
    for column in ("country", "alpha_2"):
        assert max(Counter(row[column].casefold() for row in ROWS).values()) == 1


def test_rows_are_sorted_by_name_so_that_a_new_one_has_a_place() -> None:
    assert sorted(ROWS, key=lambda row: row["country"]) == ROWS


def test_the_question_holds_the_country_in_every_wording_and_never_the_answer() -> None:
    (template,) = CORPUS["templates"]
    assert template["output"] == "{alpha_2}"
    for wording in (template["input"], *template["variants"]):
        assert wording.count("{country}") == 1
        assert "{alpha_2}" not in wording


def test_it_is_a_lookup_that_is_named_by_its_codes() -> None:
    assert (CORPUS["holdout"], CORPUS["key"], CORPUS["phrasings"]) == ("variant", "alpha_2", [])
