"""Comments that ignore findings: ``# engram: ignore[ENG310, trailing-newline]``.

Behind a value, a comment is about the line that it stands in. On a line of its own, it is about the
next line that is neither empty nor a comment. What stands behind the bracket is for people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engram.compiler.documents import CorpusFile
from engram.files.fault import Position

if TYPE_CHECKING:
    from engram.files.yaml_layout import Comment

_MARK = "engram:"
_COMMENT = re.compile(r"#[ \t]*engram:[ \t]*ignore\b(?:\[(?P<words>[^\]]*)\])?")
_WORD = re.compile(r"[^\s,]+")


@dataclass(frozen=True, slots=True)
class Ignore:
    """A rule that a comment ignores in one line of a file: what was written, where, and for where.

    ``at`` is the place of the word in the comment, ``line`` the line that it is about.
    """

    file: CorpusFile
    word: str
    at: Position
    line: int


def ignores_in(file: CorpusFile, text: str) -> Iterator[Ignore]:
    """What the comments of a YAML text ignore; JSON has no comments."""
    # Most files have no such comment, and need not be parsed (again).
    if _MARK not in text or file.is_json:
        return
    from engram.files.yaml_layout import comments_in, layout_of

    layout = layout_of(text)
    if layout is None:
        return
    comments = list(comments_in(text, layout))
    alone = {comment.at.line for comment in comments if comment.alone}
    lines = text.split("\n")
    for comment in comments:
        found = _COMMENT.match(comment.text)
        if found:
            line = comment.at.line
            if comment.alone:
                line = _next_line(lines, alone, line)
            for word, at in _words(found, comment):
                yield Ignore(file, word, at, line)


def _next_line(lines: list[str], alone: set[int], line: int) -> int:
    while line <= len(lines) and (line in alone or not lines[line - 1].strip()):
        line += 1
    return line


def _words(found: re.Match[str], comment: Comment) -> Iterator[tuple[str, Position]]:
    """The words between the brackets; an empty one where there is none."""
    line, column = comment.at
    words = list(_WORD.finditer(found["words"] or ""))
    if not words:
        yield "", comment.at
    for word in words:
        yield word.group(), Position(line, column + found.start("words") + word.start())
