"""Patterns that get in each other's way: by one id, one prompt, or prompts all but equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from engram.compiler import rules
from engram.compiler.repeats import first_and_repeated
from engram.compiler.state import Entry, Phrase
from engram.compiler.wording import shown
from engram.core.finding import Finding


def same_ids(entries: Sequence[Entry]) -> Iterator[Finding]:
    """A finding for each pattern whose id another pattern already has."""
    named = (entry for entry in entries if entry.pattern.id is not None)
    for same in first_and_repeated(named, lambda entry: entry.pattern.id)[1].values():
        first, *others = sorted(same, key=lambda entry: entry.order)
        for entry in others:
            message = f"the id `{entry.key}` is also that of the pattern at {first.place}"
            yield entry.finding(rules.DUPLICATE_ID, message, "id")


def clashes(prompts: Iterable[Sequence[Phrase]]) -> Iterator[Finding]:
    """A finding for each pair of patterns that share a prompt; the plainest prompt is named."""
    told: set[tuple[int, int]] = set()
    for same in (same for same in prompts if len(same) > 1):
        first, *others = sorted(same, key=lambda phrase: phrase.entry.order)
        answers = _answers(first.entry)
        for other in others:
            pair = (id(first.entry), id(other.entry))
            if pair not in told:
                told.add(pair)
                yield from _clash(first.entry, answers, other.entry, other.prompt)


def nearly_equal(forms: Iterable[Sequence[Phrase]]) -> Iterator[Finding]:
    """A finding for each pattern with a prompt all but equal to another's (in case or space)."""
    told: set[int] = set()
    for same in (same for same in forms if len(same) > 1):
        first, *others = sorted(same, key=lambda phrase: phrase.entry.order)
        for other in others:
            if other.entry.key != first.entry.key and id(other.entry) not in told:
                told.add(id(other.entry))
                message = (
                    f"{shown(other.prompt)} differs from {shown(first.prompt)} "
                    f"at {first.entry.place} in case or white space only"
                )
                yield other.entry.finding(rules.NEARLY_EQUAL, message, "input")
                yield from _run_on(first.entry, other.entry, other.prompt)


def _clash(first: Entry, answers: set[str], other: Entry, prompt: str) -> Iterator[Finding]:
    run_on = list(_run_on(first, other, prompt))
    yield from run_on
    if answers.isdisjoint(_answers(other)):
        message = (
            f"{shown(prompt)} is answered {shown(other.pattern.output)} here "
            f"and {shown(first.pattern.output)} at {first.place}"
        )
        yield other.finding(rules.CONTRADICTION, message, "output")
    elif not run_on:
        message = f"{shown(prompt)} is also asked at {first.place}, with the same answer"
        yield other.finding(rules.DUPLICATE, message, "input")


def _run_on(first: Entry, other: Entry, prompt: str) -> Iterator[Finding]:
    """A finding if one of two answers to a prompt goes on where the other stops."""
    answers = (first.pattern.output.strip(), other.pattern.output.strip())
    short, long = sorted(answers, key=len)
    if short and len(short) < len(long) and long.startswith(short):
        message = (
            f"{shown(prompt)} is answered {shown(answers[1])} here and {shown(answers[0])} "
            f"at {first.place}: one goes on where the other stops"
        )
        yield other.finding(rules.RUN_ON, message, "output")


def _answers(entry: Entry) -> set[str]:
    pattern = entry.pattern
    # Under `match: regex`, what `accept` holds are expressions and not answers.
    others = () if pattern.match == "regex" else pattern.accept
    return {answer.strip() for answer in (pattern.output, *others)}
