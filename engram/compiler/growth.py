"""How much may come of little: a few kilobytes of templates can ask for gigabytes of prompts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from engram.compiler.documents import Document
from engram.compiler.rules import LIMIT
from engram.compiler.state import Entry
from engram.core.config import Limits
from engram.core.corpus import INPUT_SLOT
from engram.core.finding import Finding
from engram.core.regex import steps_of
from engram.files.fault import raised

# A longer text counts as often as it has so many characters.
UNIT = 500

# What is always allowed: the bare prompt and the usual three templates.
USUAL = 4


def units(characters: int) -> int:
    """How many texts of usual length a text of so many characters stands for."""
    return 1 + characters // UNIT


def templates_of(entry: Entry) -> tuple[str, ...]:
    """The templates of a pattern: its own, or those of its corpus."""
    own = entry.pattern.phrasings
    return entry.home.corpus.phrasings if own is None else own


def too_many_prompts(entries: Iterable[Entry], limits: Limits) -> Iterator[tuple[int, Finding]]:
    """The id of each corpus whose templates make more prompts than the limit, and the finding."""
    of_one: dict[int, list[Entry]] = {}
    for entry in entries:
        of_one.setdefault(id(entry.home), []).append(entry)
    for patterns in of_one.values():
        home = patterns[0].home
        prompts = _prompts(home.corpus.phrasings, patterns)
        most = max(limits.prompts, USUAL * len(patterns))
        if prompts > most:
            message = f"the templates make {prompts:,} prompts, or as much text; {most:,} may be"
            yield id(home), _finding(home.document, "phrasings", message, "prompts")


def too_many_patterns(
    document: Document, texts: Sequence[Sequence[str]], rows: int, cells: int, limits: Limits
) -> Finding | None:
    """A finding if a table makes more patterns, or as much text, than the limit allows.

    ``texts`` are those of each template; ``cells`` is the length of all cells together.
    """
    made = sum(
        rows * units(sum(map(len, template)))
        + sum(text.count("{") for text in template) * cells // UNIT
        for template in texts
    )
    if made <= max(limits.patterns, rows):
        return None
    message = f"the table makes {made:,} patterns, or as much text; {limits.patterns:,} may be"
    return _finding(document, "templates", message, "patterns")


def too_many_steps(entries: Iterable[Entry], limits: Limits) -> Iterator[tuple[int, Finding]]:
    """The id of each pattern whose expressions a file can no longer afford, and the finding."""
    spent: dict[int, int] = {}
    for entry in entries:
        if entry.pattern.match != "regex":
            continue
        steps = spent.get(id(entry.home), 0) + sum(map(steps_of, entry.pattern.accept))
        spent[id(entry.home)] = steps
        if steps > limits.regex_steps:
            message = f"up to here the expressions of the file take {steps:,} steps to compile"
            advice = f"Write simpler ones, with smaller repeats, or {raised('regex_steps')}."
            yield id(entry), entry.finding(LIMIT, message, "accept", help=advice)


def _finding(document: Document, field: str, message: str, setting: str) -> Finding:
    advice = f"Remove templates, or {raised(setting)}."
    return LIMIT.finding(document.file.shown, document.at((field,)), message, advice)


def _prompts(usual: tuple[str, ...], entries: Iterable[Entry]) -> int:
    """How many prompts templates make of these patterns, or as much text as so many."""
    count = 0
    fixed, slots = _parts(usual)
    for entry in entries:
        own = entry.pattern.phrasings
        if own is None:
            count += len(usual) + (fixed + slots * len(entry.pattern.input)) // UNIT
        else:
            outside, inside = _parts(own)
            count += len(own) + (outside + inside * len(entry.pattern.input)) // UNIT
    return count


@lru_cache(maxsize=256)
def _parts(templates: tuple[str, ...]) -> tuple[int, int]:
    """How many characters the templates have outside their slots, and how many slots."""
    slots = sum(template.count(INPUT_SLOT) for template in templates)
    return sum(map(len, templates)) - slots * len(INPUT_SLOT), slots
