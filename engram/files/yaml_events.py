"""The events of a YAML document, the same whether or not a C parser is installed.

ruamel.yaml's own parser, in Python, is the definition. The C parser is six times faster and agrees
with it on most texts, but not on all: tabs, directives, escaped surrogates and flow mappings are
where they are known to part. A text that shows any of these goes to the Python parser, and so does
one that the C parser refuses, for the definition's opinion and its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from engram.files.fault import Fault, Position, over_limit
from engram.files.reading import position_of
from engram.files.yaml_advice import syntax_fault

try:
    from _ruamel_yaml import CParser  # type: ignore[import-not-found]
except ImportError:  # pragma: no cover - the C parser is only a matter of speed
    CParser = None

Event = Any

# What the two parsers do not agree about, or might not.
_DOUBTS = (
    r"\t|\r",
    r"\\u[dD]|\\U",  # escaped surrogates
    r"^%|^\.\.\.|^---.",  # directives and document markers
    r"^ *(?:[-?] +)*:(?:\s|\Z)",  # a value without a key
    r"[|>][-+0-9]*#",  # block scalars whose header touches a comment
    r"[|>][-+0-9]* *(?:#.*)?\n\n* +(?:\n|\Z)",  # or that begin with blanks
)
_DOUBTFUL = re.compile("|".join(_DOUBTS), re.MULTILINE)
# The first line that holds more than a comment.
_FIRST = re.compile(r"^[ \t]*[^ \t\n#]", re.MULTILINE)


class Doubtful(Exception):
    """The C parser cannot be trusted with this text."""


def refused_outright(text: str, longest: int) -> Fault | None:
    """A fault, if ``text`` begins with a directive, or is doubtful and over ``longest``."""
    first = _FIRST.search(text)
    if first and first.group() == "%":
        at = position_of(text, first.start())
        return Fault(
            "refused", "directives (%) are not allowed in a corpus", at, "Remove the line."
        )
    doubt = _DOUBTFUL.search(text) if len(text) > longest else None
    if doubt:
        message = f"a text of over {longest:,} characters must do without {doubt.group()[:9]!r}"
        return over_limit("slow_chars", message, position_of(text, doubt.start()))
    return None


def quick_events(text: str) -> Iterator[Event]:
    """The events of ``text`` as any parser sees them; raises ``Doubtful`` if they may disagree.

    By the C parser, or where there is none by the Python parser under the very same doubts.
    """
    if _DOUBTFUL.search(text):
        raise Doubtful
    try:
        yield from _trusted(_python_events(text) if CParser is None else _c_events(text))
    except Exception as error:  # the Python parser says what is wrong, if anything is
        raise Doubtful from error


def pure_events(text: str) -> Iterator[Event | Fault]:
    """The events of ``text`` as the Python parser sees them; a fault, if there is one, is last."""
    reached = Position(1, 1)
    try:
        for event in _python_events(text):
            reached = Position(event.start_mark.line + 1, event.start_mark.column + 1)
            yield event
    except MarkedYAMLError as error:
        yield syntax_fault(error, reached)
    except YAMLError as error:
        yield Fault("syntax", " ".join(str(error).split()), reached)
    except Exception as error:  # noqa: BLE001 - some texts make the parser itself stumble
        message = f"what follows cannot be parsed as YAML ({type(error).__name__})"
        yield Fault("syntax", message, reached)


def _python_events(text: str) -> Iterator[Event]:
    return iter(YAML(typ="safe", pure=True).parse(text))


def _c_events(text: str) -> Iterator[Event]:
    parser = CParser(text)
    while True:
        event = parser.get_event()
        yield event
        if type(event).__name__ == "StreamEndEvent":
            return


def _trusted(events: Iterator[Event]) -> Iterator[Event]:
    # Only the events of a clean document: anything that will be a fault is the other's to judge.
    documents = flow = 0
    root = ""
    for event in events:
        name = type(event).__name__
        if documents and not root:
            root = name
        documents += name == "DocumentStartEvent"
        if name == "SequenceStartEvent" and (flow or event.flow_style):
            flow += 1
        elif name == "SequenceEndEvent" and flow:
            flow -= 1
        elif flow and (name != "ScalarEvent" or _odd_in_flow(event)):
            raise Doubtful
        _check_clean(event, name, documents, root)
        yield event


def _check_clean(event: Event, name: str, documents: int, root: str) -> None:
    if documents > 1 or root == "ScalarEvent":
        raise Doubtful
    if name == "MappingStartEvent" and event.flow_style:
        raise Doubtful
    if getattr(event, "anchor", None) is not None or getattr(event, "tag", None) is not None:
        raise Doubtful


def _odd_in_flow(event: Event) -> bool:
    # YAML 1.1 and 1.2 read `[a:b]`, `[?x]` and `["a":b]` differently.
    return not event.style and any(sign in event.value for sign in ":?#&*!|>%@`")
