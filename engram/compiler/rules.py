"""Every rule that a corpus can break: code, severity, name, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from engram.core.finding import Finding, Severity
from engram.files.fault import Kind, Position


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``help`` is what to do when a finding has no better advice of its own."""

    code: str
    severity: Severity
    name: str
    help: str

    def finding(
        self, file: str, at: Position | None, message: str, help: str | None = None
    ) -> Finding:
        """A finding of this rule in ``file``, at a position if it has one."""
        return Finding(
            code=self.code,
            severity=self.severity,
            file=file,
            line=at.line if at else None,
            column=at.column if at else None,
            message=message,
            help=self.help if help is None else help,
        )


UNREADABLE = Rule("ENG101", "error", "unreadable-file", "Corpora are regular files you may read.")
ENCODING = Rule("ENG102", "error", "not-utf8", "Save the file as UTF-8.")
CHARACTER = Rule("ENG103", "error", "unwanted-character", "Remove it, or write it as an escape.")
SYNTAX = Rule("ENG104", "error", "yaml-syntax", "Quote values that hold : # { } [ ] or quotes.")
FEATURE = Rule("ENG105", "error", "yaml-feature", "Write plain keys and values.")
DUPLICATE_KEY = Rule("ENG106", "error", "duplicate-key", "Remove one of them.")
LIMIT = Rule("ENG107", "error", "over-limit", "Split the corpus into several files.")
ODD_FILE = Rule("ENG108", "error", "odd-file", "Put the file itself into the folder.")
EMPTY_FILE = Rule("ENG109", "error", "empty-file", "A corpus has a name, a description, examples.")

MISSING = Rule("ENG201", "error", "missing-field", "Add it.")
UNKNOWN = Rule("ENG202", "error", "unknown-field", "Remove it.")
TYPE = Rule("ENG203", "error", "wrong-type", "")
RETYPED = Rule("ENG204", "error", "retyped-value", "Quote it.")
VALUE = Rule("ENG205", "error", "bad-value", "")
EMPTY = Rule("ENG206", "error", "empty-value", "Write something, or remove the field.")
INVALID = Rule("ENG207", "error", "invalid", "")

MATCH = Rule("ENG301", "error", "match-not-met", "Change `match`, or the output.")
REGEX = Rule("ENG302", "error", "bad-regex", "Look-around and back-references are not supported.")
DEMO = Rule(
    "ENG303", "error", "demo-not-a-prompt", "Copy an input, a variant or a filled template."
)
DUPLICATE_ID = Rule("ENG304", "error", "duplicate-id", "Give each pattern an id of its own.")
DUPLICATE_NAME = Rule("ENG305", "error", "duplicate-corpus", "Give each corpus a name of its own.")
CONTRADICTION = Rule(
    "ENG306", "error", "contradiction", "Change one, or list both answers under `accept`."
)
DUPLICATE = Rule("ENG307", "warning", "duplicate-pattern", "Remove one of them.")
NEARLY_EQUAL = Rule(
    "ENG308", "warning", "equal-but-for-case", "They are kept in one group, and so in one split."
)
IDLE_VARIANT = Rule("ENG309", "warning", "idle-variant", "Remove it, or word it differently.")
SPACE = Rule("ENG310", "warning", "space-around-output", "Remove it, unless it is meant.")
NEWLINE = Rule("ENG311", "warning", "trailing-newline", "Write `|-` for `|` to drop it.")
UNTESTED = Rule("ENG312", "warning", "untested-category", "Add patterns, or merge categories.")

RULES: dict[str, Rule] = {
    rule.code: rule for rule in list(globals().values()) if type(rule) is Rule
}

OF_FAULT: dict[Kind, Rule] = {
    "unreadable": UNREADABLE,
    "too-large": LIMIT,
    "encoding": ENCODING,
    "character": CHARACTER,
    "syntax": SYNTAX,
    "refused": FEATURE,
    "duplicate": DUPLICATE_KEY,
    "limit": LIMIT,
}
