"""JSON lines become patterns, a million of them as well as ten.

A line that is a pattern by the model, and gives no key twice, is taken as it is. Any other is
parsed with the position of everything in it, and model and schema say what is wrong, as they do of
a document. That the quick way lets nothing pass that the other would not is held by a test.
"""

from __future__ import annotations

import json
import re
from bisect import bisect
from collections.abc import Iterator
from dataclasses import replace

from pydantic import ValidationError

from engram.compiler import rules
from engram.compiler.companions import finding_of_fault
from engram.compiler.documents import MAX_FAULTY, Document, LinesFile
from engram.compiler.problems import problems_in
from engram.compiler.sites import InLine
from engram.compiler.state import CheckedCorpus, Entry
from engram.compiler.wording import finding_of
from engram.core.config import Limits
from engram.core.corpus import Pattern
from engram.core.finding import Finding
from engram.files.fault import Fault, Position, over_limit
from engram.files.reading import decode
from engram.files.yaml_data import UNREAD, Parsed

# What is wrong with one line beyond this goes without saying.
MAX_TOLD = 100

_BLOCK = 1 << 20
_BOM = b"\xef\xbb\xbf"
_KEY = re.compile(rb'"[ \t]*:')
_GIVEN = set(Pattern.model_fields)


def entries_of(
    home: CheckedCorpus, lines: LinesFile, limits: Limits
) -> Iterator[Entry | list[Finding]]:
    """For each line of ``lines`` its pattern, or what is wrong with it."""
    faulty = 0
    for index, quick in _with_care(lines, limits):
        pattern = _quick(lines.line(index)) if quick else None
        slow = pattern or _slow(lines, index, limits)
        if isinstance(slow, Pattern):
            yield Entry(slow, home, InLine(lines, index))
            continue
        yield slow
        faulty += 1
        if faulty == MAX_FAULTY:
            message = f"{MAX_FAULTY:,} lines are faulty; those behind this one were not read"
            at = Position(index + 1, 1)
            yield [rules.LIMIT.finding(lines.file.shown, at, message, "Mend those above first.")]
            return


def _with_care(lines: LinesFile, limits: Limits) -> Iterator[tuple[int, bool]]:
    """Each index of a line, and whether its text is known to be fit for the quick way."""
    starts, most = lines.starts, min(limits.scalar, limits.line_bytes)
    first = 0
    while first < len(lines):
        last = max(first + 1, bisect(starts, starts[first] + _BLOCK) - 1)
        # A line that is too long is not even decoded.
        clean = starts[last] - starts[first] <= max(_BLOCK, most) and isinstance(
            decode(lines.data[starts[first] : starts[last]]), str
        )
        for index in range(first, last):
            yield index, clean and starts[index + 1] - starts[index] <= most
        first = last


def _quick(line: bytes) -> Pattern | None:
    try:
        pattern = Pattern.model_validate_json(line)
    except ValidationError:
        return None
    # Of a key that is there twice pydantic keeps the second. What looks like a key is counted,
    # in texts, too; only where that is too many the keys themselves (no pattern holds objects).
    fields = len(pattern.model_fields_set)
    if len(_KEY.findall(line)) != fields and json.loads(line, object_pairs_hook=len) != fields:
        return None
    # Which fields were given matters no more. A set for each of a million patterns is 200 MB.
    object.__setattr__(pattern, "__pydantic_fields_set__", _GIVEN)
    return pattern


def _slow(lines: LinesFile, index: int, limits: Limits) -> Pattern | list[Finding]:
    line = lines.line(index).removeprefix(b"" if index else _BOM)
    fault = _fault_in_text(line, limits)
    if isinstance(fault, Fault):
        return [_of_fault(lines, index, fault)]
    from engram.files import json_text

    parsed = json_text.parse(line.decode(), limits)
    found = [_of_fault(lines, index, fault) for fault in parsed.faults]
    if parsed.data is UNREAD:
        return found
    problems = problems_in(parsed.data, Pattern)
    if not problems and not found:
        return Pattern.model_validate(parsed.data)
    document = _document(lines, index, parsed)
    path = ("examples", index)
    told = problems[:MAX_TOLD]
    moved = (problem._replace(path=(*path, *problem.path)) for problem in told)
    return found + [finding for problem in moved if (finding := finding_of(document, problem))]


def _fault_in_text(line: bytes, limits: Limits) -> Fault | None:
    top = Position(1, 1)
    if len(line) > limits.line_bytes:
        message = f"the line is longer than the limit of {limits.line_bytes:,} bytes"
        return over_limit("line_bytes", message, top)
    if not line.strip(b" \t"):
        return Fault("syntax", "the line is empty", top, "Remove it.")
    text = decode(line)
    return text if isinstance(text, Fault) else None


def _of_fault(lines: LinesFile, index: int, fault: Fault) -> Finding:
    at = Position(index + 1, fault.at.column if fault.at else 1)
    # A key that is here twice has its twin in this line, which the parser took for the first.
    message = fault.message.partition("; it first stands in line 1")[0]
    return finding_of_fault(lines.file, replace(fault, at=at, message=message))


def _document(lines: LinesFile, index: int, parsed: Parsed) -> Document:
    """The line as if it stood in the list ``examples`` of a document, so that words fit."""
    top = ("examples", index)
    whole = Parsed(
        data={"examples": {index: parsed.data}},
        keys={(*top, *path): Position(index + 1, at.column) for path, at in parsed.keys.items()},
        values={
            (*top, *path): Position(index + 1, at.column) for path, at in parsed.values.items()
        },
        written={(*top, *path): text for path, text in parsed.written.items()},
    )
    return Document(lines.file, 0, "", whole)
