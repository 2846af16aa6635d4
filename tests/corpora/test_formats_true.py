"""Every answer in formats.yaml follows the rule of its category.

Each rule is computed here a second time, from the input alone. A category that has no rule here
fails, and so does an input that is not in its category's form.
"""

import csv
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import date, time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

Pattern = dict[str, Any]

SOURCE = Path(__file__).resolve().parents[2] / "corpora" / "formats.yaml"
FIELDS = ("id", "input", "output", "category", "variants", "accept", "match", "tags", "source")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def load(path: Path) -> dict[str, Any]:
    """A shipped corpus as plain Python values."""
    yaml = YAML(typ="safe", pure=True)
    loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"))
    return loaded


FORMATS = load(SOURCE)
PATTERNS: list[Pattern] = FORMATS["examples"]
CATEGORIES = Counter(pattern["category"] for pattern in PATTERNS)
every_format = pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern["id"])


def long_date(text: str) -> str:
    """Month in words, day without a leading zero, year."""
    day = date.fromisoformat(text)
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def twelve_hour(text: str) -> str:
    """Hours 12, 1 to 11, without a leading zero; midnight is 12 AM and noon 12 PM."""
    clock = time.fromisoformat(text)
    half = "AM" if clock.hour < 12 else "PM"
    return f"{(clock.hour - 1) % 12 + 1}:{clock.minute:02d} {half}"


def thousands(text: str) -> str:
    """A comma between groups of three digits, counted from the right."""
    return f"{int(text):,}"


def camel_case(text: str) -> str:
    """The first word as it is, each further word with a capital, and no underscores."""
    first, *rest = text.split("_")
    return first + "".join(word[0].upper() + word[1:] for word in rest)


def fahrenheit(text: str) -> str:
    """Nine fifths of the Celsius temperature plus 32, exactly, in the shortest form."""
    value = Fraction(text) * 9 / 5 + 32
    shortest = str(float(value)).removesuffix(".0")
    assert Fraction(shortest) == value
    return shortest


def roman(text: str) -> str:
    """Each decimal digit in Roman letters, thousands first."""
    thousand, hundred, ten, one = (int(digit) for digit in f"{int(text):04d}")
    hundreds = ["", "C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM"]
    tens = ["", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"]
    ones = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"]
    return "M" * thousand + hundreds[hundred] + tens[ten] + ones[one]


def slug(text: str) -> str:
    """Lower-case words of letters and digits, joined by hyphens."""
    assert text.isascii()
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))


def json_array(text: str) -> str:
    """The fields of one CSV row as a JSON array of strings."""
    (row,) = csv.reader([text])
    return json.dumps(row)


# For each category the words that stand before the value, and the rule.
RULES: dict[str, tuple[str, Callable[[str], str]]] = {
    "iso_to_long_date": ("Format this date:", long_date),
    "clock_24_to_12": ("Write this time on a 12-hour clock:", twelve_hour),
    "thousands_separators": ("Add thousands separators:", thousands),
    "snake_to_camel": ("Rewrite in camelCase:", camel_case),
    "celsius_to_fahrenheit": ("Convert Celsius to Fahrenheit:", fahrenheit),
    "roman_numerals": ("Write as a Roman numeral:", roman),
    "title_to_slug": ("Make a URL slug:", slug),
    "csv_to_json": ("Turn this CSV row into a JSON array:", json_array),
}
JUDGES = {"celsius_to_fahrenheit": "number", "csv_to_json": "json"}
OTHER_NAMES = {"00:00": "12:00 midnight", "12:00": "12:00 noon"}


def value_of(pattern: Pattern) -> str:
    """The value to convert: what stands between the words of the rule and the arrow."""
    words, _ = RULES[pattern["category"]]
    match = re.fullmatch(rf"{re.escape(words)} (\S|\S.*\S) ->", pattern["input"])
    assert match, f"not of the form '{words} VALUE ->'"
    return match.group(1)


def folded(text: str) -> str:
    """The text without differences of case, compatibility forms and white space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def test_every_category_has_a_rule() -> None:
    assert set(CATEGORIES) == set(RULES)


@every_format
def test_the_answer_of_a_format_follows_its_rule(pattern: Pattern) -> None:
    _, rule = RULES[pattern["category"]]
    assert pattern["output"] == rule(value_of(pattern))


@every_format
def test_a_rule_judges_all_of_its_answers_alike(pattern: Pattern) -> None:
    assert pattern.get("match", "exact") == JUDGES.get(pattern["category"], "exact")


def test_only_noon_and_midnight_accept_another_answer() -> None:
    accepted = {value_of(p): p["accept"] for p in PATTERNS if "accept" in p}
    assert accepted == {value: [name] for value, name in OTHER_NAMES.items()}


def test_no_input_stands_twice_in_the_corpus() -> None:
    counts = Counter(folded(pattern["input"]) for pattern in PATTERNS)
    assert [text for text, count in counts.items() if count > 1] == []


def test_inputs_differ_in_more_than_punctuation() -> None:
    """-40 and 40 degrees would be easy to mistake for one another; only one of them is asked."""
    counts = Counter(re.sub(r"\W", "", pattern["input"]).casefold() for pattern in PATTERNS)
    assert [text for text, count in counts.items() if count > 1] == []


def test_answers_differ_within_a_category() -> None:
    counts = Counter((pattern["category"], pattern["output"]) for pattern in PATTERNS)
    assert [key for key, count in counts.items() if count > 1] == []


def test_each_rule_has_its_own_prompt() -> None:
    prompts = [words for words, _ in RULES.values()]
    assert len({folded(words) for words in prompts}) == len(prompts)


def test_the_corpus_is_large_enough_to_test_a_rule() -> None:
    assert len(PATTERNS) >= 60
    assert len(CATEGORIES) >= 8
    assert min(CATEGORIES.values()) >= 10


def test_the_corpus_holds_out_patterns_and_keeps_the_default_phrasings() -> None:
    options = {k: value for k, value in FORMATS.items() if k not in ("description", "examples")}
    assert options == {
        "name": "formats",
        "schema": 1,
        "version": "1.0",
        "published": "2026-11-25",
        "license": "CC0-1.0",
        "holdout": "pattern",
        "demo": ["Format this date: 2024-01-15 ->"],
    }


def test_every_demo_prompt_is_an_input_of_the_corpus() -> None:
    assert set(FORMATS["demo"]) <= {pattern["input"] for pattern in PATTERNS}


def test_the_familiar_prompt_has_its_familiar_answer() -> None:
    answers = {pattern["input"]: pattern["output"] for pattern in PATTERNS}
    assert [answers[prompt] for prompt in FORMATS["demo"]] == ["January 15, 2024"]


@every_format
def test_an_entry_is_tidy(pattern: Pattern) -> None:
    assert list(pattern) == [field for field in FIELDS if field in pattern]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", pattern["id"])
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", pattern["category"])
    texts = [pattern["input"], pattern["output"], *pattern.get("accept", [])]
    assert all(isinstance(text, str) and text == text.strip() != "" for text in texts)
    assert all(text.isascii() and text.isprintable() for text in texts)
    assert len(pattern["output"]) <= 30
