"""Every rule that a corpus can break, by code: the registry.

The families are modules, and a code's first digit is its family:

    ENG1  files      what is wrong with a file before anyone asks what it means
    ENG2  fields     what does not have the form of a corpus
    ENG3  patterns   what a corpus says that will not teach or test what its author wants
    ENG4  content    what a text must not carry, whatever it says
    ENG5  lock       what engram.lock says, and what it would have to say
    ENG6  settings   what is wrong with the comments that ignore findings

To add a rule:

1.  Define it as a constant in the module of its family, with the next free code. Codes and names
    are public: they stand in comments and settings, and are never used again for something else.
2.  Report it from a pass with ``entry.finding(RULE, message, *path)``, or with
    ``RULE.finding(file, position, message)`` where there is no pattern. The message says what is
    wrong with *this* value; ``help`` what to write instead.
3.  Write its page, ``engram/compiler/pages/<code>.md``, which ``engram explain`` prints:

        # ENG310: space-around-output

        What it finds and why that matters, in a few sentences of plain Markdown.

        ## Bad

        ```yaml
        name: ...
        ```

        ## Good

        ```yaml
        name: ...
        ```

    ``tests/compiler/test_pages.py`` compiles both: the bad example must give this code and no other
    (but what any small corpus is told), the good one must not give it. An example of several files
    is several blocks, each with its file's name after the language (```` ```yaml sub/b.yaml````).
    ``escaped`` after the language means that ``\\xff`` stands for a byte, for files that are not
    text. What cannot be written as a file at all is a ``sh`` block: commands for an empty folder,
    of which the last is the call of engram.
"""

from __future__ import annotations

# A family is a list of constants, and all of them are meant.
from engram.compiler.rules import content, fields, files, lock, patterns, settings
from engram.compiler.rules.content import *  # noqa: F403
from engram.compiler.rules.fields import *  # noqa: F403
from engram.compiler.rules.files import *  # noqa: F403
from engram.compiler.rules.lock import *  # noqa: F403
from engram.compiler.rules.patterns import *  # noqa: F403
from engram.compiler.rules.settings import *  # noqa: F403
from engram.core.rule import Rule

FAMILIES = (files, fields, patterns, content, lock, settings)

RULES: dict[str, Rule] = {
    rule.code: rule
    for family in FAMILIES
    for rule in vars(family).values()
    if isinstance(rule, Rule)
}
