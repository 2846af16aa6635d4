"""ENG3: what a corpus says that will not teach or test what its author wants."""

from __future__ import annotations

from engram.core.rule import Rule

MATCH = Rule(
    "ENG301",
    "error",
    "match-not-met",
    "An output is not right by the pattern's own `match`.",
    "Change `match`, or the output.",
)
REGEX = Rule(
    "ENG302",
    "error",
    "bad-regex",
    "An expression under `accept` is not one, or not one that can be run in linear time.",
    "Look-around and back-references are not supported.",
)
DEMO = Rule(
    "ENG303",
    "error",
    "demo-not-a-prompt",
    "A prompt under `demo` is none of the corpus.",
    "Copy an input, a variant or a filled template.",
    waivable=True,
)
DUPLICATE_ID = Rule(
    "ENG304",
    "error",
    "duplicate-id",
    "Two patterns have one id.",
    "Give each pattern an id of its own.",
)
DUPLICATE_NAME = Rule(
    "ENG305",
    "error",
    "duplicate-corpus",
    "Two corpora have one name.",
    "Give each corpus a name of its own.",
)
CONTRADICTION = Rule(
    "ENG306",
    "error",
    "contradiction",
    "One prompt has two answers, neither of which the other pattern accepts.",
    "Change one, or list both answers under `accept`.",
)
DUPLICATE = Rule(
    "ENG307",
    "warning",
    "duplicate-pattern",
    "Two patterns ask one prompt and give one answer.",
    "Remove one of them.",
)
NEARLY_EQUAL = Rule(
    "ENG308",
    "warning",
    "equal-but-for-case",
    "Two prompts differ in case or white space only.",
    "They are kept in one group, and so in one split.",
)
IDLE_VARIANT = Rule(
    "ENG309",
    "warning",
    "idle-variant",
    "A variant repeats the input or another variant.",
    "Remove it, or word it differently.",
)
SPACE = Rule(
    "ENG310",
    "warning",
    "space-around-output",
    "An output begins or ends with white space.",
    "Remove it, unless it is meant.",
)
NEWLINE = Rule(
    "ENG311",
    "warning",
    "trailing-newline",
    "A block scalar put a line feed at the end of an input or output.",
    "Write `|-` for `|` to drop it.",
)
UNTESTED = Rule(
    "ENG312",
    "warning",
    "untested-category",
    "A category is too small for any of it to be held out for test.",
    "Add patterns, or merge categories.",
)
COMMENT = Rule(
    "ENG313",
    "warning",
    "comment-in-text",
    "A text without quotes ends where a comment begins.",
    "Quote the text; a comment after the quotes is clear.",
)
OLDER_YAML = Rule(
    "ENG314",
    "warning",
    "older-yaml",
    "An unquoted text is a truth value or a number to readers of YAML 1.1.",
    "Quote it, so that all readers agree.",
)
RUN_ON = Rule(
    "ENG315",
    "warning",
    "answer-goes-on",
    "One prompt has two answers, and one goes on where the other stops.",
    "Give the prompt one answer, in one pattern.",
)
ALIKE = Rule(
    "ENG316",
    "warning",
    "similar-categories",
    "Two categories have names that are one name, spelt in two ways.",
    "Spell them alike, if they are one.",
)
IDLE_PHRASING = Rule(
    "ENG317",
    "warning",
    "idle-phrasing",
    "A template makes no prompt that would not be there without it.",
    "Remove it, or word it differently.",
)
LICENSE = Rule(
    "ENG318",
    "warning",
    "missing-license",
    "A corpus has no licence beside others that have one.",
    "Add `license:` with an SPDX identifier.",
)
SLOW_REGEX = Rule(
    "ENG319",
    "warning",
    "slow-regex",
    "An expression can match one text in so many ways that a backtracking engine may hang.",
    "Word it so that there is one way to match a text: `(a+)+` is `a+`.",
)
SWALLOWED = Rule(
    "ENG330",
    "warning",
    "swallowed-category",
    "One group holds more than a third of a category.",
    "If these are not one question, raise `near_percent`, or set `near_duplicates: off`.",
)
