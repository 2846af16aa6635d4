"""Names of categories that are probably one name, spelt in two ways.

``loop_idiom``, ``loop-idiom``, ``LoopIdiom`` and ``loops_idiom`` are one name; so are names with
one slip in a long word. ``http_2xx`` and ``http_3xx`` are two, and so are ``iso_to_long_date`` and
``iso_to_us_date``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from engram.compiler.rules import ALIKE
from engram.compiler.state import Entry
from engram.core.finding import Finding

Words = tuple[str, ...]

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_PLURAL = re.compile(
    r"(?=[a-z]{4})(?:([a-z]+(?:x|s|sh|ch))es|([a-z]*[aeiouy][a-z]*[^aeious]|[a-z]{2,}e)s)"
)

# Many short words differ in one letter only, and few long ones.
_LONG = 8
_FOR_SWAPS = 5
# So that no list of names costs much: more than these are no names that a person keeps apart.
_LONGEST = 24
MOST_NAMES = 1_000


def alike(entries: Sequence[Entry]) -> Iterator[Finding]:
    """A finding for each category whose name is all but that of a larger one."""
    patterns: dict[str, list[Entry]] = {}
    for entry in entries:
        patterns.setdefault(entry.pattern.category, []).append(entry)
    # The larger of two categories, or the first by name, is the one that is spelt right.
    names = sorted(patterns, key=lambda name: (-len(patterns[name]), name))
    for name, same in alike_names(names).items():
        first = min(patterns[name], key=lambda entry: entry.order)
        message = (
            f"the category `{name}` ({_count(patterns[name])}) is spelt almost like "
            f"`{same}` ({_count(patterns[same])})"
        )
        yield first.finding(ALIKE, message, "category")


def alike_names(names: Iterable[str]) -> dict[str, str]:
    """For each name that is probably an earlier one, that one."""
    spelt: dict[tuple[str | Words, ...], str] = {}
    found: dict[str, str] = {}
    for name in islice(names, MOST_NAMES):
        keys = list(_keys(_words(name)))
        same = next((spelt[key] for key in keys if key in spelt), None)
        if same is not None:
            found[name] = same
        for key in keys:
            spelt.setdefault(key, name)
    return found


def _words(name: str) -> Words:
    return tuple(word.lower() for word in _WORD.findall(name))


def _singular(word: str) -> str:
    plural = _PLURAL.fullmatch(word)
    return plural[1] or plural[2] if plural else word


def _keys(words: Words) -> Iterator[tuple[str | Words, ...]]:
    """What two names have in common if they are spelt alike, and only then."""
    # Numbers are kept apart: 1_10 is not 11_0.
    singular = tuple(map(_singular, words))
    yield ("", "".join(f"#{word}#" if word.isdigit() else word for word in singular))
    for place, word in enumerate(words):
        before, after = singular[:place], singular[place + 1 :]
        yield from ((before, key, after) for key in _slips(word))


def _slips(word: str) -> Iterator[str]:
    # Two words share one of these texts if they are equal but for one letter (another, or one more)
    # or for two that changed places. The first letter is hardly ever the wrong one.
    if word.isdigit() or len(word) > _LONGEST:
        return
    if len(word) >= _LONG:
        for at in range(1, len(word)):
            yield f"{word[:at]}-{word[at + 1 :]}"
            yield f"{word[:at]}+{word[at:]}"
            yield f"{word[:at]}+{word[at + 1 :]}"
    if len(word) >= _FOR_SWAPS:
        for at in range(1, len(word) - 1):
            low, high = sorted(word[at : at + 2])
            yield f"{word[:at]}={low}{high}{word[at + 2 :]}"


def _count(entries: list[Entry]) -> str:
    return f"{len(entries):,} pattern{'' if len(entries) == 1 else 's'}"
