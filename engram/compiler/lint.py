"""What can be wrong with one pattern although every field has the right form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engram.compiler import rules
from engram.compiler.state import Entry
from engram.compiler.wording import shown
from engram.core.corpus import Pattern
from engram.core.finding import Finding

# Judging a suspicious expression can take a hundredth of a second: so many are judged in one run.
MOST_JUDGED = 100


def lint(entry: Entry) -> Iterator[Finding]:
    """The findings about a pattern by itself."""
    pattern = entry.pattern
    if pattern.match not in ("exact", "prefix"):
        yield from _match(entry)
    yield from _space(entry)
    if pattern.variants:
        yield from _variants(entry)


def _match(entry: Entry) -> Iterator[Finding]:
    pattern = entry.pattern
    if pattern.match == "regex":
        yield from _regex(entry)
    elif pattern.match in ("number", "json") and not _reads_as(pattern):
        what = "a number" if pattern.match == "number" else "JSON"
        message = f"`match: {pattern.match}`, but the output is not {what}: {shown(pattern.output)}"
        yield entry.finding(rules.MATCH, message, "output")


def _reads_as(pattern: Pattern) -> bool:
    # Imported late: most corpora have no number and no JSON to read.
    from engram.core.values import document, number

    try:
        (number if pattern.match == "number" else document)(pattern.output)
    except ValueError:
        return False
    return True


def _regex(entry: Entry) -> Iterator[Finding]:
    # The output is what is learned and is always right; the patterns in `accept` say what else is.
    from engram.core.regex import fault_in, matches

    pattern = entry.pattern
    if not pattern.accept:
        message = "`match: regex`, but `accept` holds no regular expression"
        yield entry.finding(rules.MATCH, message, "match", help="List expressions under `accept`.")
        return
    met: list[bool] = []
    for index, expression in enumerate(pattern.accept):
        why_not = fault_in(expression)
        if why_not:
            message = f"{shown(expression)} is not a usable regular expression: {why_not}"
            yield entry.finding(rules.REGEX, message, "accept", index)
        met.append(bool(why_not) or matches(expression, pattern.output.strip()))
    if not any(met):
        message = f"no expression in `accept` matches the whole output {shown(pattern.output)}"
        yield entry.finding(rules.MATCH, message, "output")


def _space(entry: Entry) -> Iterator[Finding]:
    pattern = entry.pattern
    for name, text in (("input", pattern.input), ("output", pattern.output)):
        if text.endswith("\n") and entry.site.added_line_feed(name):
            message = f"`{name}` ends with a line feed, which the block style added"
            yield entry.finding(rules.NEWLINE, message, name)
        elif name == "output" and text != text.strip():
            message = f"`output` begins or ends with white space: {shown(text)}"
            yield entry.finding(rules.SPACE, message, name)


def _variants(entry: Entry) -> Iterator[Finding]:
    pattern = entry.pattern
    seen = {pattern.input: "the input"}
    for index, variant in enumerate(pattern.variants):
        if variant in seen:
            message = f"a variant is the same as {seen[variant]}: {shown(variant)}"
            yield entry.finding(rules.IDLE_VARIANT, message, "variants", index)
        seen.setdefault(variant, "another variant")


def slow_regexes(entries: Iterable[Entry]) -> Iterator[Finding]:
    """A finding for each expression that a backtracking engine can be made to hang on."""
    regular = [entry for entry in entries if entry.pattern.match == "regex"]
    if not regular:
        return
    from engram.compiler.ambiguity import suspect

    slow: dict[str, bool] = {}
    judged = 0
    for entry in regular:
        for index, expression in enumerate(entry.pattern.accept):
            if expression not in slow:
                automaton = suspect(expression) if judged < MOST_JUDGED else None
                judged += automaton is not None
                slow[expression] = automaton is not None and automaton.is_exponential()
            if slow[expression]:
                message = f"{shown(expression)} can match one text in exponentially many ways"
                yield entry.finding(rules.SLOW_REGEX, message, "accept", index)
