"""How long near-duplicates take to find, beside datasketch, and how many are found.

    python -m pip install datasketch      # or: the dependency group `bench`
    python tests/benchmarks/bench_near.py [SIZE ...]

One in ten patterns is another one reworded, with the same answer; those pairs are planted and
counted. Both sides get the same normal forms and shingles, must be alike by the same percentage and
have equal answers and numbers, and run by turns in one process. `engram` looks among equal answers
only; `engram, any` among everything, as datasketch has to.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

from tabulate import tabulate

from engram.compiler.documents import Document
from engram.compiler.likeness import likeness, numbers, shingles
from engram.compiler.near import join_near
from engram.compiler.normal import normal_form
from engram.compiler.state import CheckedCorpus, Entry, Phrase
from engram.compiler.ties import Sets
from engram.core.corpus import CorpusFields, NearDuplicates, Pattern

PERCENT = 75
ROUNDS = 2
SIZES = (5_000, 50_000)
COLUMNS = ("", "patterns", "CPU s", "us / pattern", "x engram", "planted", "found", "joined")
STARTS, MIDDLES, ENDS = (
    ("Bel", "Cor", "Dra", "Fen", "Gor", "Hal", "Kir", "Lom", "Mar", "Nor", "Pel", "Sar", "Tor"),
    ("a", "e", "i", "o", "u", "ai", "ea", "io", "ou", "au"),
    ("bach", "dale", "ford", "grad", "holm", "lund", "mouth", "port", "stad", "ton", "ville"),
)
NAMES = ["".join(parts) for parts in product(STARTS, MIDDLES, ENDS)]

Join = Callable[[list[Phrase]], Sets]


class Text(NamedTuple):
    """A question, its answer, and the same question in other words."""

    asked: str
    answer: str
    again: str


def texts(count: int) -> Iterator[Text]:
    """Facts with answers of their own, questions with few answers, and rules about numbers."""
    for number in range(count):
        name = f"{NAMES[number % len(NAMES)]} {NAMES[number * 7 % 1429]}"
        other = NAMES[number * 13 % 1427]
        yield (
            Text(
                f"Which river runs through the town of {name} in {other}?",
                f"the {other[::-1].title()}",
                f"Through the town of {name} in {other} runs which river?",
            ),
            Text(
                f"Is the old bridge of {name} in {other} open to the public?",
                "yes" if number % 3 else "no",
                f"Is the old bridge of {name} in {other} now open to the public?",
            ),
            Text(
                f"Write {number} metres in kilometres: ",
                f"{number // 1000}.{number % 1000:03} km",
                f"Please write {number} metres in kilometres: ",
            ),
        )[number % 3]


def phrases(count: int, policy: NearDuplicates) -> tuple[list[Phrase], set[frozenset[str]]]:
    """So many patterns, one in ten of them another one reworded; and the keys of those pairs."""
    corpus = CorpusFields(
        name="bench", description="", near_duplicates=policy, near_percent=PERCENT
    )
    home = CheckedCorpus(corpus, Document.__new__(Document))
    found: list[Phrase] = []
    planted: set[frozenset[str]] = set()
    for number, text in enumerate(texts(count * 10 // 11)):
        keys = [f"p{number}"]
        asked = [text.asked]
        if number % 10 == 0:
            keys.append(f"q{number}")
            asked.append(text.again)
            planted.add(frozenset(keys))
        for key, prompt in zip(keys, asked, strict=True):
            pattern = Pattern(id=key, input=prompt, output=text.answer, category="c")
            entry = Entry(pattern, home, site=None)  # type: ignore[arg-type]
            found.append(Phrase(prompt, "bare", entry, normal_form(prompt)))
    return found, planted


def with_engram(given: list[Phrase]) -> Sets:
    """What engram joins."""
    forms: dict[str, list[Phrase]] = {}
    for phrase in given:
        forms.setdefault(normal_form(phrase.prompt), []).append(phrase)
    sets = Sets(phrase.entry.key for phrase in given)
    join_near(forms, [given[0].entry.home], sets)
    return sets


def with_datasketch(given: list[Phrase]) -> Sets:
    """What a user of datasketch would write: sketch, ask the index, and confirm."""
    from datasketch import MinHash, MinHashLSH

    forms = [normal_form(phrase.prompt) for phrase in given]
    answers = [normal_form(phrase.entry.pattern.output) for phrase in given]
    sets = Sets(phrase.entry.key for phrase in given)
    index = MinHashLSH(threshold=PERCENT / 100, num_perm=64)
    sketches = MinHash.generator(
        ([gram.encode() for gram in shingles(form)] for form in forms), num_perm=64
    )
    for at, sketch in enumerate(sketches):
        for other in index.query(sketch):
            one, two = given[at].entry.key, given[other].entry.key
            if answers[at] != answers[other] or numbers(forms[at]) != numbers(forms[other]):
                continue
            shared, of = likeness(shingles(forms[at]), shingles(forms[other]))
            if shared * 100 >= PERCENT * of:
                sets.join_all([(one, two)], "near")
        index.insert(at, sketch, check_duplication=False)
    return sets


def rows(size: int) -> Iterator[list[object]]:
    """The least processor time of each, and what it found."""
    given, planted = phrases(size, "same_answer")
    anything, _ = phrases(size, "any")
    ways: dict[str, tuple[Join, list[Phrase]]] = {
        "engram": (with_engram, given),
        "engram, any": (with_engram, anything),
        "datasketch": (with_datasketch, given),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    joined: dict[str, Sets] = {}
    for _ in range(ROUNDS):
        for name, (join, those) in ways.items():
            shingles.cache_clear()
            start = time.process_time()
            joined[name] = join(those)
            times[name].append(time.process_time() - start)
    for name in ways:
        least = min(times[name])
        yield [
            name,
            len(given),
            f"{least:.2f}",
            f"{least / len(given) * 1e6:.0f}",
            f"{least / min(times['engram']):.1f}",
            len(planted),
            sum(joined[name].find(one) == joined[name].find(two) for one, two in planted),
            len(joined[name].edges),
        ]


def main(sizes: list[int]) -> None:
    """Measure and print."""
    table = [row for size in sizes for row in rows(size)]
    print(tabulate(table, headers=COLUMNS, disable_numparse=True))


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or list(SIZES))
