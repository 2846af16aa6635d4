"""What can be wrong with one pattern although every field has the right form."""

from __future__ import annotations

from collections.abc import Iterator

from engram.compiler import rules
from engram.compiler.rules import Rule
from engram.compiler.state import Entry
from engram.compiler.wording import shown
from engram.core.corpus import Pattern
from engram.core.finding import Finding


def lint(entry: Entry) -> Iterator[Finding]:
    """The findings about a pattern by itself."""
    yield from _match(entry)
    yield from _space(entry)
    yield from _variants(entry)


def _match(entry: Entry) -> Iterator[Finding]:
    pattern = entry.pattern
    if pattern.match == "regex":
        yield from _regex(entry)
    elif pattern.match in ("number", "json") and not _reads_as(pattern):
        what = "a number" if pattern.match == "number" else "JSON"
        message = f"`match: {pattern.match}`, but the output is not {what}: {shown(pattern.output)}"
        yield _finding(rules.MATCH, entry, "output", message)


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
        yield _finding(rules.MATCH, entry, "match", message, "List expressions under `accept`.")
        return
    met: list[bool] = []
    for index, expression in enumerate(pattern.accept):
        why_not = fault_in(expression)
        if why_not:
            message = f"{shown(expression)} is not a usable regular expression: {why_not}"
            yield _finding(rules.REGEX, entry, "accept", message, index=index)
        met.append(bool(why_not) or matches(expression, pattern.output.strip()))
    if not any(met):
        message = f"no expression in `accept` matches the whole output {shown(pattern.output)}"
        yield _finding(rules.MATCH, entry, "output", message)


def _space(entry: Entry) -> Iterator[Finding]:
    pattern = entry.pattern
    blocks = entry.home.document.parsed.blocks
    for name, text in (("input", pattern.input), ("output", pattern.output)):
        if text.endswith("\n") and entry.path(name) in blocks:
            message = f"`{name}` ends with a line feed, which the block style added"
            yield _finding(rules.NEWLINE, entry, name, message)
        elif name == "output" and text != text.strip():
            message = f"`output` begins or ends with white space: {shown(text)}"
            yield _finding(rules.SPACE, entry, name, message)


def _variants(entry: Entry) -> Iterator[Finding]:
    pattern = entry.pattern
    seen = {pattern.input: "the input"}
    for index, variant in enumerate(pattern.variants):
        if variant in seen:
            message = f"a variant is the same as {seen[variant]}: {shown(variant)}"
            yield _finding(rules.IDLE_VARIANT, entry, "variants", message, index=index)
        seen.setdefault(variant, "another variant")


def _finding(
    rule: Rule,
    entry: Entry,
    field: str,
    message: str,
    help: str | None = None,
    index: int | None = None,
) -> Finding:
    path = entry.path(field) if index is None else entry.path(field, index)
    document = entry.home.document
    return rule.finding(document.file.shown, document.at(path), message, help)
