"""Prompts that look like trained ones and are not: does the model know what it was not taught?

The word by which a lookup is told from the others of its category is replaced by one that does not
exist. Whoever answers with a stored answer all the same does not look at what was asked.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engram.backends.base import OnRows
from engram.core.build import Row
from engram.core.results import Answer, NearMiss, NearMisses
from engram.lab.experiment import Experiment
from engram.lab.sample import choose, digest_of_text
from engram.lab.stats import wilson

WORD = re.compile(r"[^\W\d_]{4,}")
INVENTED = (
    "brelvane",
    "quostrin",
    "zandrel",
    "morvath",
    "plindor",
    "skarnel",
    "thovaly",
    "grennick",
    "vuldane",
    "crostip",
    "yembari",
    "dolquist",
    "faltonir",
    "hesperok",
    "jurmanda",
    "kivolent",
)


class Asked(NamedTuple):
    """A near miss, and the trained row that it was made from."""

    row: Row
    prompt: str


def near_misses(rows: Sequence[Row], n: int) -> list[Asked]:
    """At most ``n`` near misses of lookups among the rows of a build, the same for the same rows.

    A category of which whole patterns are held out has a rule, and a rule has an answer for a new
    word; of those none is made.
    """
    rules = {row.category for row in rows if row.probe == "novel"}
    lookups = [row for row in rows if row.probe == "recall" and row.category not in rules]
    taken = {row.prompt for row in rows}
    made = {row.id: prompt for row, prompt in _renamed(lookups) if prompt not in taken}
    chosen = choose((row for row in lookups if row.id in made), n, "near miss")
    return [Asked(row, made[row.id]) for row in chosen]


def ask_near_misses(
    experiment: Experiment, asked: list[Asked], limit: int, on_rows: OnRows
) -> NearMisses:
    """How the model as it is now answers them."""
    prompter = experiment.prompter
    # The answer of the row that it looks like is what a confused model says: a good guess.
    guessed = [prompter.pair(one.prompt, one.row.answer) for one in asked]
    said = experiment.language_model.answer(guessed, prompter.stop, limit, on_rows) if asked else []
    return judged(asked, [prompter.answer(one) for one in said], experiment.rows("train"))


def judged(asked: list[Asked], said: list[Answer], trained: Iterable[Row]) -> NearMisses:
    """Which answers are those of trained patterns of the same category, word for word."""
    known: dict[str, set[str]] = defaultdict(set)
    for row in trained:
        known[row.category] |= {text.strip() for text in (row.answer, *row.accept)}
    answers = tuple(
        NearMiss(
            prompt=one.prompt,
            made_from=one.row.id,
            answer=answer,
            stored=answer.stopped and answer.text.strip() in known[one.row.category],
        )
        for one, answer in zip(asked, said, strict=True)
    )
    stored = sum(one.stored for one in answers)
    return NearMisses(
        n=len(answers),
        stored=stored,
        share=stored / len(answers) if answers else None,
        ci95=wilson(stored, len(answers)),
        answers=answers,
    )


def _renamed(rows: list[Row]) -> Iterable[tuple[Row, str]]:
    """The rows that have a word that no other pattern of their category has, without it."""
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        for word in WORD.findall(row.prompt):
            owners[row.category, word].add(row.pattern)
    for row in rows:
        words = WORD.findall(row.prompt)
        own = next((word for word in words if len(owners[row.category, word]) == 1), None)
        if own is not None:
            yield row, re.sub(rf"\b{own}\b", _as_written(own, _invented(row)), row.prompt)


def _invented(row: Row) -> str:
    return INVENTED[int(digest_of_text("near miss", row.id)[:8], 16) % len(INVENTED)]


def _as_written(word: str, new: str) -> str:
    """``new`` in capitals, or with one at the beginning, where ``word`` is."""
    if word.isupper():
        return new.upper()
    return new.capitalize() if word[0].isupper() else new
