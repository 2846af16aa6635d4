"""What the YAML parser means by its words: where the mistake is, and what to do about it."""

from __future__ import annotations

from ruamel.yaml.error import MarkedYAMLError

from engram.files.fault import Fault, Position

# Part of what the parser says; whether the mistake is where it began to read what it could not end,
# and not where it gave up; what to do. The first that fits counts.
_ADVICE = (
    ("found unexpected end of stream", True, "What begins here is never closed: add the quote."),
    ("got '<stream end>'", True, "What begins here is never closed: add the bracket."),
    ("could not find expected ':'", True, "Behind a key there is a colon, and then a space."),
    ("found character '\\t'", False, "Indent with spaces, not with tabs."),
    ("cannot start any token", False, "Quote values that begin with this character."),
    ("unknown escape character", False, "Write `\\\\` for a backslash, or use single quotes."),
)


def syntax_fault(error: MarkedYAMLError, reached: Position) -> Fault:
    """The fault that the parser's ``error`` tells of; it had got to ``reached``."""
    parts = (error.context, error.problem)
    message = ": ".join(" ".join(part.split()) for part in parts if part)
    known = (one for one in _ADVICE if one[0] in message)
    _, at_its_start, advice = next(known, ("", False, ""))
    marks = (error.problem_mark, error.context_mark)
    mark = next(filter(None, reversed(marks) if at_its_start else marks), None)
    at = Position(mark.line + 1, mark.column + 1) if mark else reached
    return Fault("syntax", message, at, advice)
