"""The page of a rule: what it finds, why that matters, and a bad and a good example."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files

from engram.compiler.rules import RULES
from engram.core.errors import EngramError
from engram.core.rule import Rule

FOLDER = "pages"


def page_of(rule: Rule) -> str:
    """The page of a rule, in Markdown."""
    place = files("engram.compiler") / FOLDER / f"{rule.code}.md"
    return place.read_text(encoding="utf-8")


def rule_named(wanted: str) -> Rule:
    """The rule with that code or name, in any case; the beginning of one rule's alone is enough.

    Raises EngramError, naming those that are close.
    """
    words, key = _words(), wanted.strip().lower()
    if key in words:
        return words[key]
    meant = {rule.code for word, rule in words.items() if key and word.startswith(key)}
    if len(meant) == 1:
        return RULES[meant.pop()]
    raise EngramError(f"no rule has the code or name {wanted!r}", help=close_to(wanted))


def close_to(wanted: str) -> str:
    """Advice for someone who wrote a code or a name that no rule has."""
    words, key = _words(), wanted.strip().lower()
    begin = [word for word in words if key and word.startswith(key)]
    close = list(dict.fromkeys([*begin, *get_close_matches(key, words, n=3)]))[:3]
    shown = [word.upper() if word.upper() in RULES else word for word in close]
    advice = f"Did you mean {' or '.join(shown)}? " if shown else ""
    return f"{advice}`engram explain` lists all rules."


def _words() -> dict[str, Rule]:
    return {word: rule for rule in RULES.values() for word in (rule.code.lower(), rule.name)}
