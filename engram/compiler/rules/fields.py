"""ENG2: what does not have the form of a corpus."""

from __future__ import annotations

from engram.core.rule import Rule

MISSING = Rule(
    "ENG201",
    "error",
    "missing-field",
    "A corpus or a pattern lacks a field that it must have.",
    "Add it.",
)
UNKNOWN = Rule(
    "ENG202",
    "error",
    "unknown-field",
    "A corpus or a pattern has a field that does not exist.",
    "Remove it.",
)
TYPE = Rule(
    "ENG203", "error", "wrong-type", "A value is a list, a mapping or a text where another belongs."
)
RETYPED = Rule(
    "ENG204",
    "error",
    "retyped-value",
    "An unquoted value is a number, a date or a truth value to YAML, where text belongs.",
    "Quote it.",
)
VALUE = Rule("ENG205", "error", "bad-value", "A value is not one of those that its field takes.")
EMPTY = Rule(
    "ENG206",
    "error",
    "empty-value",
    "A value that must say something is empty.",
    "Write something, or remove the field.",
)
INVALID = Rule("ENG207", "error", "invalid", "A value is wrong in a way that has no rule yet.")
SLOT = Rule(
    "ENG208",
    "error",
    "bad-slot",
    "A template has a slot for a column that its table lacks, or a brace that is no slot.",
    "A slot is a column in braces; `{{` and `}}` stand for braces.",
)
UNUSED_COLUMN = Rule(
    "ENG209",
    "warning",
    "unused-column",
    "No template has a slot for a column of its table.",
    "Use it or remove it.",
)
UNKNOWN_JUDGE = Rule(
    "ENG211",
    "error",
    "unknown-judge",
    "`match` names a judge that no installed distribution brings.",
    "Install the distribution that brings it.",
)
DUPLICATE_ROW = Rule(
    "ENG210",
    "error",
    "duplicate-row",
    "Two rows of a table have the same key, or two templates the same name.",
    "Give each a key of its own.",
)
