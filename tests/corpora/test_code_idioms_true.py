"""Every idiom of corpora/code_idioms.yaml is run inside a small program that needs it."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

CORPORA = Path(__file__).resolve().parents[2] / "corpora"
SOURCE = CORPORA / "code_idioms.yaml"
CORPUS: dict[str, Any] = YAML(typ="safe", pure=True).load(SOURCE.read_text(encoding="utf-8"))
PATTERNS: list[dict[str, Any]] = CORPUS["examples"]

MODELINE = "# yaml-language-server: $schema=../schemas/corpus.v1.json"
FIELDS = ["id", "input", "output", "category", "variants", "accept", "match", "tags", "source"]
DEFAULT_TEMPLATES = ("{input}", "Complete: {input}", "Continue: {input}", "Finish this: {input}")
IDIOM = "<idiom>"

# One program for each pattern, by id. The line of the idiom replaces `<idiom>`; the program must
# then run to its end, and must fail when the idiom is taken out again.
PROGRAMS: dict[str, str] = {
    # loop_idiom
    "loop-range-len": """
items, seen = ["a", "b"], []
<idiom>
    seen.append((i, items[i]))
assert seen == [(0, "a"), (1, "b")]
""",
    "loop-enumerate": """
items, seen = ["a", "b"], []
<idiom>
    seen.append((i, item))
assert seen == [(0, "a"), (1, "b")]
""",
    "loop-zip": """
xs, ys, seen = [1, 2], [3, 4], []
<idiom>
    seen.append((a, b))
assert seen == [(1, 3), (2, 4)]
""",
    "loop-dict-items": """
config, seen = {"host": "a", "port": 1}, []
<idiom>
    seen.append((key, value))
assert seen == [("host", "a"), ("port", 1)]
""",
    "loop-reversed": """
items, seen = [1, 2, 3], []
<idiom>
    seen.append(item)
assert seen == [3, 2, 1]
""",
    "loop-sorted-keys": """
config, seen = {"b": 1, "a": 2}, []
<idiom>
    seen.append(key)
assert seen == ["a", "b"]
""",
    "loop-while-readline": """
import io
stream, seen = io.StringIO("a\\nb\\n"), []
<idiom>
    seen.append(line)
assert seen == ["a\\n", "b\\n"]
""",
    "loop-numbered-lines": """
import io
file, seen = io.StringIO("a\\nb\\n"), []
<idiom>
    seen.append((number, line))
assert seen == [(1, "a\\n"), (2, "b\\n")]
""",
    # comprehension
    "comprehension-squares": """
<idiom>
assert squares == [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]
""",
    "comprehension-evens": """
numbers = [1, 2, 3, 4]
<idiom>
assert evens == [2, 4]
""",
    "comprehension-invert-dict": """
mapping = {"a": 1, "b": 2}
<idiom>
assert inverse == {1: "a", 2: "b"}
""",
    "comprehension-zip-dict": """
names, results = ["ann", "bob"], [7, 9]
<idiom>
assert scores == {"ann": 7, "bob": 9}
""",
    "comprehension-initials": """
words = ["apple", "ant", "bee"]
<idiom>
assert initials == {"a", "b"}
""",
    "comprehension-flatten": """
grid = [[1, 2], [3]]
<idiom>
assert flat == [1, 2, 3]
""",
    "comprehension-sum": """
cart = [(2, 3), (10, 1)]
<idiom>
assert total == 16
""",
    "comprehension-any": """
numbers = [3, -1]
<idiom>
assert has_negative is True
""",
    # context_manager
    "context-open-read": """
from pathlib import Path
path = "notes.txt"
Path(path).write_bytes("caf\\u00e9".encode("utf-8"))
<idiom>
    text = file.read()
assert text == "caf\\u00e9" and file.closed
""",
    "context-open-write": """
from pathlib import Path
path = "notes.txt"
<idiom>
    file.write("caf\\u00e9")
assert file.closed and Path(path).read_bytes() == "caf\\u00e9".encode("utf-8")
""",
    "context-read-text": """
from pathlib import Path
Path("notes.txt").write_bytes("caf\\u00e9".encode("utf-8"))
<idiom>
assert text == "caf\\u00e9"
""",
    "context-suppress": """
import contextlib, os
<idiom>
    os.remove("nowhere.txt")
""",
    "context-thread-pool": """
from concurrent.futures import ThreadPoolExecutor
<idiom>
    lengths = list(pool.map(len, ["a", "bb"]))
assert lengths == [1, 2] and pool._max_workers == 4
""",
    "context-temporary-folder": """
import os, tempfile
<idiom>
    assert os.path.isdir(folder)
assert not os.path.exists(folder)
""",
    "context-closing": """
import contextlib, io
connection = io.StringIO()
<idiom>
    assert not connection.closed
assert connection.closed
""",
    "context-decorator": """
import contextlib
<idiom>
def tag(name):
    yield name
with tag("b") as name:
    assert name == "b"
""",
    # exception_handling
    "exception-value-error": """
try:
    int("x")
<idiom>
    caught = error
assert isinstance(caught, ValueError)
""",
    "exception-several": """
caught = 0
for broken in (lambda: {}["a"], lambda: [][0]):
    try:
        broken()
    <idiom>
        caught += 1
assert caught == 2
""",
    "exception-chain": """
try:
    try:
        int("x")
    except ValueError as error:
        <idiom>
except RuntimeError as raised:
    assert isinstance(raised.__cause__, ValueError)
else:
    raise AssertionError("nothing was raised")
""",
    "exception-hide-cause": """
name = "a"
try:
    try:
        [][0]
    except IndexError:
        <idiom>
except KeyError as raised:
    assert raised.__suppress_context__ and raised.__cause__ is None
else:
    raise AssertionError("nothing was raised")
""",
    "exception-define": """
<idiom>
    pass
try:
    raise ConfigError("bad")
except Exception as raised:
    assert str(raised) == "bad" and type(raised) is ConfigError
""",
    "exception-not-implemented": """
def area():
    <idiom>
try:
    area()
except NotImplementedError:
    pass
else:
    raise AssertionError("nothing was raised")
""",
    "exception-exit-code": """
def main():
    return 3
try:
    <idiom>
except SystemExit as raised:
    assert raised.code == 3
else:
    raise AssertionError("nothing was raised")
""",
    "exception-finally-close": """
import io
connection = io.StringIO()
try:
    assert not connection.closed
<idiom>
assert connection.closed
""",
    # script_idiom
    "script-main": """
ran = []
<idiom>
    ran.append("as the script")
__name__ = "imported"
<idiom>
    ran.append("as a module")
assert ran == ["as the script"]
""",
    "script-future-annotations": """
<idiom>
def double(n: NotDefinedYet): pass
assert double.__annotations__ == {"n": "NotDefinedYet"}
""",
    "script-import-path": """
<idiom>
assert Path("a") / "b" == Path("a/b")
""",
    "script-import-dataclass": """
<idiom>
@dataclass
class Cart:
    items: list = field(default_factory=list)
assert Cart().items == []
""",
    "script-import-elementtree": """
<idiom>
assert ET.fromstring("<a/>").tag == "a"
""",
    "script-argument-parser": """
import argparse
<idiom>
parser.add_argument("--count", type=int)
assert parser.parse_args(["--count", "3"]).count == 3
""",
    "script-parse-args": """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--count", type=int, default=5)
<idiom>
assert args.count == 5
""",
    "script-module-logger": """
import logging
<idiom>
assert logger.name == __name__
""",
    # function_idiom
    "function-wrapper": """
def double_result(func):
    <idiom>
        return 2 * func(*args, **kwargs)
    return wrapper
assert double_result(max)(1, 2, key=abs) == 4
""",
    "function-wraps": """
import functools
def decorate(func):
    <idiom>
    def wrapper():
        return func()
    return wrapper
@decorate
def hello(): return "hi"
assert hello.__name__ == "hello" and hello() == "hi"
""",
    "function-cache": """
import functools
calls = []
<idiom>
def square(n):
    calls.append(n)
    return n * n
assert (square(3), square(3)) == (9, 9) and calls == [3]
assert square.cache_info().maxsize is None
""",
    "function-no-mutable-default": """
<idiom>
    items = [] if items is None else items
    items.append(item)
    return items
assert append(1) == [1] and append(2) == [2]
""",
    "function-sort-key": """
import operator
from types import SimpleNamespace as Person
people = [Person(age=40), Person(age=30)]
<idiom>
assert [person.age for person in by_age] == [30, 40]
""",
    "function-returns-none": """
<idiom>
    pass
assert main.__annotations__ == {"return": None}
""",
    "function-gather": """
import asyncio
async def square(n): return n * n
async def main():
    tasks = [asyncio.create_task(square(n)) for n in (2, 3)]
    <idiom>
    return results
assert asyncio.run(main()) == [4, 9]
""",
    "function-keyword-only": """
<idiom>
    return host, timeout
assert connect("a") == ("a", 10) and connect("a", timeout=1) == ("a", 1)
try:
    connect("a", 1)
except TypeError:
    pass
else:
    raise AssertionError("timeout was taken by position")
""",
    # class_idiom
    "class-init": """
class Person:
    <idiom>
        self.name = name
assert Person("ann").name == "ann"
""",
    "class-super-init": """
class Person:
    def __init__(self, name): self.name = name
class Employee(Person):
    def __init__(self, name):
        <idiom>
assert Employee("ann").name == "ann"
""",
    "class-equality": """
class Point:
    x = 1
    <idiom>
        return isinstance(other, Point) and self.x == other.x
assert Point() == Point() and Point() != 1
""",
    "class-property-setter": """
class Square:
    side = 1
    @property
    def area(self): return self.side ** 2
    <idiom>
    def area(self, value): self.side = value ** 0.5
square = Square()
square.area = 9
assert square.side == 3 and square.area == 9
""",
    "class-frozen-dataclass": """
from dataclasses import FrozenInstanceError, dataclass
<idiom>
class Point:
    x: int
try:
    Point(1).x = 2
except FrozenInstanceError:
    pass
else:
    raise AssertionError("a frozen field was set")
""",
    "class-list-field": """
from dataclasses import dataclass, field
@dataclass
class Cart:
    <idiom>
assert Cart().items == [] and Cart().items is not Cart().items
""",
    "class-enum": """
from enum import Enum
<idiom>
    RED = "red"
assert Color("red") is Color.RED
""",
    "class-iterable": """
class Cart:
    items = ["a", "b"]
    <idiom>
assert list(Cart()) == ["a", "b"]
""",
    # builtin_type
    "builtin-join": """
words = ["a", "b"]
<idiom>
assert line == "a, b"
""",
    "builtin-split-pair": """
line = "a=b=c"
<idiom>
assert (key, value) == ("a", "b=c")
""",
    "builtin-two-decimals": """
price = 2.5
<idiom>
assert label == "2.50"
""",
    "builtin-reverse-text": """
text = "abc"
<idiom>
assert backwards == "cba"
""",
    "builtin-count-default": """
counts = {"a": 2}
totals = []
for word in ("a", "b"):
    <idiom>
    totals.append(count)
assert totals == [2, 0]
""",
    "builtin-setdefault-append": """
groups = {}
for key, item in [("a", 1), ("a", 2)]:
    <idiom>
assert groups == {"a": [1, 2]}
""",
    "builtin-merge-dicts": """
defaults, overrides = {"a": 1, "b": 1}, {"b": 2}
<idiom>
assert merged == {"a": 1, "b": 2}
""",
    "builtin-unique-in-order": """
items = [3, 1, 3]
<idiom>
assert unique == [3, 1]
""",
}


def answers() -> list[Any]:
    """Each pattern with each answer that counts as right, as test parameters."""
    return [
        pytest.param(pattern, answer, id=f"{pattern['id']}-{number}")
        for pattern in PATTERNS
        for number, answer in enumerate([pattern["output"], *pattern.get("accept", [])])
    ]


def run(name: str, line: str) -> None:
    """Run the program of a pattern, as a script, with this line in the place of its idiom."""
    source = PROGRAMS[name].replace(IDIOM, line)
    code = compile(source, f"<{name}>", "exec", dont_inherit=True)
    exec(code, {"__name__": "__main__"})  # noqa: S102 - the programs are those above


def folded(text: str) -> str:
    """The text with white space and case folded away, as two people might read it as one."""
    return re.sub(r"\s+", " ", text).strip().casefold()


@pytest.fixture(autouse=True)
def _script_in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs write files where nobody minds, and see a command line without options."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["program"])


@pytest.mark.parametrize(("pattern", "answer"), answers())
def test_an_idiom_does_what_it_is_for(pattern: Mapping[str, Any], answer: str) -> None:
    run(pattern["id"], pattern["input"] + answer)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern["id"])
def test_a_program_fails_without_its_idiom(pattern: Mapping[str, Any]) -> None:
    line = pattern["input"] + pattern["output"]
    stand_in = "if True:" if line.endswith(":") else "pass"
    with pytest.raises((Exception, SystemExit)):
        run(pattern["id"], stand_in)


def test_every_idiom_has_a_program_and_every_program_an_idiom() -> None:
    assert sorted(PROGRAMS) == sorted(pattern["id"] for pattern in PATTERNS)
    assert [name for name, source in PROGRAMS.items() if IDIOM not in source] == []


def test_the_corpus_is_a_lookup_of_at_least_60_idioms_in_8_categories_of_8() -> None:
    sizes = Counter(pattern["category"] for pattern in PATTERNS)
    assert CORPUS["name"] == SOURCE.stem
    assert CORPUS["holdout"] == "variant"
    assert len(PATTERNS) >= 60
    assert len(sizes) >= 8
    assert min(sizes.values()) >= 8, sizes


def test_no_two_inputs_read_alike() -> None:
    inputs = [text for p in PATTERNS for text in [p["input"], *p.get("variants", [])]]
    counts = Counter(folded(text) for text in inputs)
    assert [text for text, count in counts.items() if count > 1] == []


def test_no_input_begins_with_another() -> None:
    inputs = sorted(folded(pattern["input"]) for pattern in PATTERNS)
    clashes = [(a, b) for a in inputs for b in inputs if a != b and b.startswith(a)]
    assert clashes == []


def test_a_variant_ends_with_the_code_that_its_answer_continues() -> None:
    wrong = [
        variant
        for pattern in PATTERNS
        for variant in pattern.get("variants", [])
        if not variant.endswith(": " + pattern["input"])
    ]
    assert wrong == []


def test_between_8_and_12_idioms_show_variants_and_some_show_accept() -> None:
    assert 8 <= sum("variants" in pattern for pattern in PATTERNS) <= 12
    assert any("accept" in pattern for pattern in PATTERNS)


def test_answers_are_short_single_lines_without_space_around_them() -> None:
    texts = [text for p in PATTERNS for text in [p["output"], *p.get("accept", [])]]
    assert [text for text in texts if len(text) > 40 or text != text.strip()] == []
    assert [text for text in texts if not text.isprintable()] == []
    assert [p["input"] for p in PATTERNS if not p["input"].isprintable()] == []


def test_an_accepted_answer_is_another_answer() -> None:
    for pattern in PATTERNS:
        texts = [pattern["output"], *pattern.get("accept", [])]
        assert len(texts) == len(set(texts)), pattern["id"]


def test_every_demo_prompt_is_an_input_in_one_of_the_phrasings() -> None:
    assert "phrasings" not in CORPUS, "the default phrasings apply"
    prompts = {t.replace("{input}", p["input"]) for p in PATTERNS for t in DEFAULT_TEMPLATES}
    assert [prompt for prompt in CORPUS["demo"] if prompt not in prompts] == []


def test_the_familiar_prompts_are_demonstrated_and_answered() -> None:
    outputs = {pattern["input"]: pattern["output"] for pattern in PATTERNS}
    assert CORPUS["demo"] == [
        "Complete: for i in range(",
        "Complete: if __name__ == ",
        "Complete: def __init__(self",
    ]
    assert outputs["for i in range("] == "len(items)):"
    assert outputs["if __name__ == "] == '"__main__":'
    assert outputs["def __init__(self"] == ", name):"


def test_ids_are_kebab_case_and_begin_with_their_category() -> None:
    for pattern in PATTERNS:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", pattern["id"])
        assert pattern["id"].split("-")[0] == pattern["category"].split("_")[0]


def test_the_file_shows_newcomers_one_order_of_fields() -> None:
    assert SOURCE.read_text(encoding="utf-8").splitlines()[0] == MODELINE
    for pattern in PATTERNS:
        assert list(pattern) == [field for field in FIELDS if field in pattern], pattern["id"]


def test_patterns_of_one_category_stand_together() -> None:
    runs = [category for category, _ in groupby(PATTERNS, key=lambda p: p["category"])]
    assert len(runs) == len(set(runs))
