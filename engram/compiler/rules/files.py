"""ENG1: what is wrong with a file before anyone asks what it means."""

from __future__ import annotations

from engram.core.rule import Rule
from engram.files.fault import Kind

UNREADABLE = Rule(
    "ENG101",
    "error",
    "unreadable-file",
    "A file or folder cannot be opened or read, or is no regular file.",
    "Corpora are regular files you may read.",
)
ENCODING = Rule(
    "ENG102", "error", "not-utf8", "A file holds bytes that are not UTF-8.", "Save it as UTF-8."
)
CHARACTER = Rule(
    "ENG103",
    "error",
    "unwanted-character",
    "A file holds a raw control character or something else that is no text.",
    "Remove it, or write it as an escape.",
)
SYNTAX = Rule(
    "ENG104",
    "error",
    "yaml-syntax",
    "A file is not well-formed.",
    "Quote values that hold : # { } [ ] or quotes.",
)
FEATURE = Rule(
    "ENG105",
    "error",
    "yaml-feature",
    "A file uses an anchor, alias, merge key, tag, directive or a second document.",
    "Write plain keys and values.",
)
DUPLICATE_KEY = Rule(
    "ENG106",
    "error",
    "duplicate-key",
    "A key stands twice in one mapping.",
    "Remove one of them.",
)
LIMIT = Rule(
    "ENG107",
    "error",
    "over-limit",
    "A file is larger, deeper or longer than the limits allow.",
    "Split the corpus into several files.",
)
ODD_FILE = Rule(
    "ENG108",
    "error",
    "odd-file",
    "A folder of corpora holds a link, a pipe, a device or a name that cannot be printed.",
    "Put the file itself into the folder.",
)
EMPTY_FILE = Rule(
    "ENG109",
    "error",
    "empty-file",
    "A file holds nothing.",
    "A corpus has a name, a description, examples.",
)
TABLE = Rule(
    "ENG110",
    "error",
    "uneven-table",
    "The rows of a table do not have the same columns, or a column has no usable name.",
    "Give each row a cell for each column.",
)
HALF = Rule(
    "ENG111",
    "error",
    "half-a-corpus",
    "JSON lines lack the file that describes them, or that file lacks the lines.",
    "`facts.jsonl` and `facts.corpus.yaml` belong together.",
)

OF_FAULT: dict[Kind, Rule] = {
    "unreadable": UNREADABLE,
    "too-large": LIMIT,
    "encoding": ENCODING,
    "character": CHARACTER,
    "syntax": SYNTAX,
    "refused": FEATURE,
    "duplicate": DUPLICATE_KEY,
    "table": TABLE,
    "limit": LIMIT,
}
