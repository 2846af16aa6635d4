"""What facts.yaml says is true, and every wording in it asks for one fact only.

Nothing here is read from the corpus but the statements under test. The right answers come from
Python itself (`http`, `signal`, `unicodedata`, the standard library's own modules) or from tables
written for this file.
"""

import importlib
import math
import re
import signal
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

Pattern = dict[str, Any]
Subject = tuple[str, ...]

CORPORA = Path(__file__).resolve().parents[2] / "corpora"
FIELDS = ("id", "input", "output", "category", "variants", "accept", "match", "tags", "source")


def load(name: str) -> dict[str, Any]:
    """One shipped corpus as plain Python values."""
    yaml = YAML(typ="safe", pure=True)
    loaded: dict[str, Any] = yaml.load((CORPORA / name).read_text(encoding="utf-8"))
    return loaded


FACTS = load("facts.yaml")
PATTERNS: list[Pattern] = FACTS["examples"]
CATEGORIES = Counter(pattern["category"] for pattern in PATTERNS)
every_fact = pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern["id"])


# The right answers, category by category.

CAPITALS = {
    "Argentina": "Buenos Aires",
    "Australia": "Canberra",
    "Canada": "Ottawa",
    "Egypt": "Cairo",
    "France": "Paris",
    "Germany": "Berlin",
    "Greece": "Athens",
    "Italy": "Rome",
    "Japan": "Tokyo",
    "Kenya": "Nairobi",
    "Norway": "Oslo",
    "Peru": "Lima",
    "Portugal": "Lisbon",
    "Spain": "Madrid",
}

# Symbols in the order of the atomic number, and the atomic number of elements by name.
PERIODIC_TABLE = """
    H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br
    Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho
    Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es
    Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
"""
ATOMIC_NUMBERS = {
    "sodium": 11,
    "potassium": 19,
    "iron": 26,
    "copper": 29,
    "silver": 47,
    "tin": 50,
    "tungsten": 74,
    "gold": 79,
    "mercury": 80,
    "lead": 82,
}

# Protocols whose port the standard library knows by itself: the constant's module and name.
PORT_CONSTANTS = {
    "FTP": ("ftplib", "FTP_PORT"),
    "SMTP": ("smtplib", "SMTP_PORT"),
    "HTTP": ("http.client", "HTTP_PORT"),
    "POP3": ("poplib", "POP3_PORT"),
    "IMAP": ("imaplib", "IMAP4_PORT"),
    "HTTPS": ("http.client", "HTTPS_PORT"),
}
OTHER_PORTS = {"SSH": 22, "Telnet": 23, "DNS": 53, "Kerberos": 88}

# Modules that say in `__all__` what they provide; a name must belong to exactly one of them.
MODULES = """
    argparse asyncio base64 bisect collections concurrent.futures configparser contextlib copy csv
    dataclasses datetime decimal enum fractions functools glob hashlib heapq hmac io json logging
    multiprocessing os pathlib pickle pprint queue random secrets shlex shutil statistics string
    subprocess tempfile textwrap threading typing unittest uuid weakref zipfile
"""

SIGNALS = {
    "SIGHUP": 1,
    "SIGINT": 2,
    "SIGQUIT": 3,
    "SIGABRT": 6,
    "SIGKILL": 9,
    "SIGSEGV": 11,
    "SIGALRM": 14,
    "SIGTERM": 15,
}

# Sizes in one base unit for each quantity: metres, kilograms, seconds, bytes.
UNITS = {
    "inch": Fraction("0.0254"),
    "foot": Fraction("0.3048"),
    "mile": Fraction("1609.344"),
    "nautical mile": Fraction(1852),
    "metre": Fraction(1),
    "millimetre": Fraction(1, 1000),
    "pound": Fraction("0.45359237"),
    "stone": Fraction("6.35029318"),
    "minute": Fraction(60),
    "hour": Fraction(3600),
    "day": Fraction(86400),
    "week": Fraction(7 * 86400),
    "byte": Fraction(1),
    "kibibyte": Fraction(2**10),
}
PLURALS = {"inches": "inch", "feet": "foot"}

# Mean distance from the Sun, in astronomical units.
DISTANCES = {
    "Earth": 1.00,
    "Jupiter": 5.20,
    "Mars": 1.52,
    "Mercury": 0.39,
    "Neptune": 30.07,
    "Saturn": 9.54,
    "Uranus": 19.19,
    "Venus": 0.72,
}
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


@dataclass(frozen=True)
class Event:
    """A dated event, with the weekday that the histories give and the words that identify it."""

    year: int
    month: int
    day: int
    weekday: str
    words: Subject
    julian: bool = False


EVENTS = {
    "was the Battle of Hastings fought": Event(
        1066, 10, 14, "Saturday", ("Battle of Hastings",), julian=True
    ),
    "did King John seal Magna Carta": Event(
        1215, 6, 15, "Monday", ("King John", "Magna Carta"), julian=True
    ),
    "did Columbus first reach the Americas": Event(
        1492, 10, 12, "Friday", ("Columbus", "first", "Americas"), julian=True
    ),
    "was the US Declaration of Independence adopted": Event(
        1776, 7, 4, "Thursday", ("US Declaration of Independence",)
    ),
    "was the Bastille stormed": Event(
        1789, 7, 14, "Tuesday", ("storm|storming|stormed", "Bastille")
    ),
    "did the Titanic sink": Event(
        1912, 4, 15, "Monday", ("Titanic", "sink|sinking|sank|went down")
    ),
    "did Apollo 11 land on the Moon": Event(1969, 7, 20, "Sunday", ("Apollo 11", "Moon")),
    "did the Berlin Wall fall": Event(1989, 11, 9, "Thursday", ("Berlin Wall", "fall|fell|open")),
}


def symbol(element: str) -> str:
    """The symbol at the element's atomic number."""
    return PERIODIC_TABLE.split()[ATOMIC_NUMBERS[element] - 1]


def status_code(phrase: str) -> str:
    """The code that `http` gives to a reason phrase."""
    return str({status.phrase: status.value for status in HTTPStatus}[phrase])


def port(protocol: str) -> str:
    """The port that a client module of the standard library uses, or else the table's."""
    if protocol not in PORT_CONSTANTS:
        return str(OTHER_PORTS[protocol])
    module, constant = PORT_CONSTANTS[protocol]
    return str(getattr(importlib.import_module(module), constant))


def module_of(name: str) -> str:
    """The one module that lists the name as public."""
    modules = {module: importlib.import_module(module) for module in MODULES.split()}
    (home,) = [key for key, module in modules.items() if name in getattr(module, "__all__", ())]
    return home


def code_point(character: str) -> str:
    """The code point of the character with this Unicode name, which is its ASCII code."""
    name = character.upper().replace("CAPITAL", "LATIN CAPITAL")
    found = unicodedata.lookup(name)
    assert found.isascii()
    return str(ord(found))


def singular(unit: str) -> str:
    """The unit's name as it stands in the table."""
    return PLURALS.get(unit, unit.removesuffix("s"))


def ratio(small: str, large: str) -> str:
    """How often the small unit goes into the large one, exactly."""
    value = UNITS[singular(large)] / UNITS[singular(small)]
    text = str(float(value))
    assert Fraction(text) == value
    return text.removesuffix(".0")


def planet(ordinal: str) -> str:
    """The planet at this place when all are sorted by distance."""
    return sorted(DISTANCES, key=DISTANCES.__getitem__)[ORDINALS.index(ordinal)]


# One checker per category: the form of its question, the answer, and what a wording must say.


def literal_words(*subject: str) -> Subject:
    """The subject's own words, as patterns for `says`."""
    return tuple(re.escape(word) for word in subject)


@dataclass(frozen=True)
class Checker:
    """How one category is verified.

    `question` parses an input into its subject and `answer` maps that to the truth. Any wording
    must say all of `words(*subject)`, which identify the subject, and all of `relation`, which
    identify what is asked about it.
    """

    question: str
    answer: Callable[..., str]
    relation: Subject = ()
    words: Callable[..., Subject] = literal_words


CHECKERS = {
    "capitals": Checker(r"What is the capital of (.+)\?", CAPITALS.__getitem__, ("capital",)),
    "http_status": Checker(
        r"HTTP status code for '(.+)'\?", status_code, ("HTTP", "code|status|number")
    ),
    "chemical_symbols": Checker(
        r"What is the chemical symbol for (.+)\?",
        symbol,
        ("symbol|abbreviate|abbreviated|writes|written|letters?",),
    ),
    "tcp_ports": Checker(r"What is the default TCP port for (.+)\?", port, ("port",)),
    "python_stdlib": Checker(
        r"Which Python standard library module provides (.+)\?", module_of, ("Python", "module")
    ),
    "unix_signals": Checker(
        r"What is the number of the Unix signal (.+)\?",
        lambda name: str(SIGNALS[name]),
        ("signal|number|numeric value|integer",),
    ),
    # The small unit is a plural and the large one a singular, which fixes the direction as well.
    "unit_definitions": Checker(r"How many (.+) are in an? (.+)\?", ratio),
    "ascii_codes": Checker(
        r"What is the decimal ASCII code of the (.+?)(?: character)?\?",
        code_point,
        ("ASCII", "decimal"),
    ),
    "planets": Checker(r"Which planet is (.+) from the Sun\?", planet, ("planets?", "Sun")),
    "history_years": Checker(
        r"In which year (.+)\?",
        lambda event: str(EVENTS[event].year),
        ("year",),
        words=lambda event: EVENTS[event].words,
    ),
}


def subject_of(pattern: Pattern) -> Subject:
    """What the input asks about; an input in another form than its category's is an error."""
    form = rf"Q: {CHECKERS[pattern['category']].question}\nA:"
    match = re.fullmatch(form, pattern["input"])
    assert match, f"not of the form {form!r}"
    return match.groups()


def identifying_words(pattern: Pattern) -> Subject:
    """The words that tell this pattern from the others of its category."""
    return CHECKERS[pattern["category"]].words(*subject_of(pattern))


def wordings(pattern: Pattern) -> list[str]:
    """The input and the variants: everything that a pattern may be asked as."""
    return [pattern["input"], *pattern.get("variants", [])]


def says(wording: str, words: Subject) -> bool:
    """Whether each of the words stands in the wording as a whole word, in any case."""
    return all(re.search(rf"(?<!\w)(?:{word})(?!\w)", wording, re.IGNORECASE) for word in words)


def folded(text: str) -> str:
    """The text without differences of case, compatibility forms and white space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def day_of_week(event: Event) -> str:
    """The weekday of a date by its Julian day number, in the calendar that it is given in."""
    shift = (14 - event.month) // 12
    year, month = event.year + 4800 - shift, event.month + 12 * shift - 3
    days = event.day + (153 * month + 2) // 5 + 365 * year + year // 4
    days += -32083 if event.julian else year // 400 - year // 100 - 32045
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return names[days % 7]


def test_every_category_has_a_checker() -> None:
    assert set(CATEGORIES) == set(CHECKERS)


@every_fact
def test_the_answer_of_a_fact_is_true(pattern: Pattern) -> None:
    assert pattern["output"] == CHECKERS[pattern["category"]].answer(*subject_of(pattern))


@every_fact
def test_other_accepted_answers_are_the_same_number_written_with_a_comma(pattern: Pattern) -> None:
    for answer in pattern.get("accept", []):
        assert answer == f"{int(pattern['output']):,}" != pattern["output"]


@every_fact
def test_every_wording_names_the_subject_and_what_is_asked(pattern: Pattern) -> None:
    needed = identifying_words(pattern) + CHECKERS[pattern["category"]].relation
    assert [text for text in wordings(pattern) if not says(text, needed)] == []


@every_fact
def test_no_wording_fits_another_pattern_of_its_category(pattern: Pattern) -> None:
    others = [p for p in PATTERNS if p["category"] == pattern["category"] and p is not pattern]
    for other in others:
        words = identifying_words(other)
        assert [text for text in wordings(pattern) if says(text, words)] == []


@every_fact
def test_no_wording_gives_the_answer_away(pattern: Pattern) -> None:
    answer = (re.escape(pattern["output"]),)
    assert [text for text in wordings(pattern) if says(text, answer)] == []


@every_fact
def test_a_fact_has_four_variants_in_other_forms_than_its_input(pattern: Pattern) -> None:
    assert len(pattern["variants"]) == 4
    for variant in pattern["variants"]:
        assert not variant.startswith("Q:")
        assert folded(variant) not in folded(pattern["input"])


def test_no_wording_stands_twice_in_the_corpus() -> None:
    counts = Counter(folded(text) for pattern in PATTERNS for text in wordings(pattern))
    assert [text for text, count in counts.items() if count > 1] == []


def test_answers_differ_within_a_category() -> None:
    counts = Counter((pattern["category"], pattern["output"]) for pattern in PATTERNS)
    assert [key for key, count in counts.items() if count > 1] == []


def test_the_corpus_is_large_enough_for_a_lookup() -> None:
    assert len(PATTERNS) >= 60
    assert len(CATEGORIES) >= 8
    assert min(CATEGORIES.values()) >= 8
    assert sum(len(pattern["variants"]) for pattern in PATTERNS) >= 60


def test_the_corpus_holds_out_phrasings_and_shows_its_options() -> None:
    options = {key: value for key, value in FACTS.items() if key not in ("description", "examples")}
    assert options == {
        "name": "facts",
        "schema": 1,
        "version": "1.0",
        "published": "2026-11-25",
        "license": "CC0-1.0",
        "holdout": "variant",
        "phrasings": ["Answer this: {input}"],
        "demo": [
            "Q: What is the capital of France?\nA:",
            "Q: HTTP status code for 'Not Found'?\nA:",
        ],
    }


def test_every_demo_prompt_is_an_input_of_the_corpus() -> None:
    assert set(FACTS["demo"]) <= {pattern["input"] for pattern in PATTERNS}


def test_the_familiar_prompts_have_their_familiar_answers() -> None:
    answers = {pattern["input"]: pattern["output"] for pattern in PATTERNS}
    assert [answers[prompt] for prompt in FACTS["demo"]] == ["Paris", "404"]


@every_fact
def test_an_entry_is_tidy(pattern: Pattern) -> None:
    assert list(pattern) == [field for field in FIELDS if field in pattern]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", pattern["id"])
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", pattern["category"])
    texts = [*wordings(pattern), pattern["output"], *pattern.get("accept", [])]
    assert all(isinstance(text, str) and text == text.strip() != "" for text in texts)
    assert all(text.replace("\nA:", "").isprintable() for text in texts)
    assert len(pattern["output"]) <= 25


def test_ids_are_unique_over_facts_and_formats() -> None:
    counts = Counter(p["id"] for p in [*PATTERNS, *load("formats.yaml")["examples"]])
    assert [key for key, count in counts.items() if count > 1] == []


# The tables above are held to something as well, where there is something to hold them to.


def test_the_periodic_table_is_complete() -> None:
    symbols = PERIODIC_TABLE.split()
    assert len(symbols) == len(set(symbols)) == 118


@pytest.mark.skipif(sys.platform == "win32", reason="Windows numbers its signals differently")
def test_signal_numbers_are_those_of_this_system() -> None:
    assert {name: int(getattr(signal, name)) for name in SIGNALS} == SIGNALS


def test_unit_sizes_agree_with_each_other() -> None:
    assert UNITS["stone"] / UNITS["pound"] == 14
    assert UNITS["mile"] / UNITS["foot"] == 8 * 660
    assert math.prod([24, 60, 60]) == UNITS["day"]


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: str(event.year))
def test_an_event_fell_on_the_weekday_that_is_recorded_for_it(event: Event) -> None:
    """A year that is out by one moves the weekday, so a slip in the table shows here."""
    assert day_of_week(event) == event.weekday
