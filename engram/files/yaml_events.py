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

from engram.files.fault import Fault, Position
from engram.files.reading import position_of

try:
    from _ruamel_yaml import CParser  # type: ignore[import-not-found]
except ImportError:  # pragma: no cover - the C parser is only a matter of speed
    CParser = None

Event = Any

# What the two parsers do not agree about, or might not: tabs, directives, escaped surrogates,
# document markers, and block scalars whose header touches a comment or that begin with blanks.
_DOUBTFUL = re.compile(
    r"\t|\r|\\u[dD]|\\U|^%|^\.\.\.|^---.|[|>][-+0-9]*#|[|>][-+0-9]* *(?:#.*)?\n\n* +(?:\n|\Z)",
    re.MULTILINE,
)
_DIRECTIVE = re.compile(r"(?:[ \t]*(?:#.*)?\n)*(%.*)")

# The Python parser reads some 300,000 characters a second.
MAX_DOUBTFUL = 1 << 20


class Doubtful(Exception):
    """The C parser cannot be trusted with this text."""


def refused_outright(text: str) -> Fault | None:
    """A fault, if ``text`` begins with a directive or would take unreasonably long to parse."""
    directive = _DIRECTIVE.match(text)
    if directive:
        at = Position(text.count("\n", 0, directive.start(1)) + 1, 1)
        return Fault(
            "refused", "directives (%) are not allowed in a corpus", at, "Remove the line."
        )
    doubt = _DOUBTFUL.search(text) if len(text) > MAX_DOUBTFUL else None
    if doubt:
        message = f"a text of over {MAX_DOUBTFUL:,} characters must do without {doubt.group()!r}"
        return Fault("limit", message, position_of(text, doubt.start()), "Split the file.")
    return None


def quick_events(text: str) -> Iterator[Event]:
    """The events of ``text`` as the C parser sees them; raises ``Doubtful`` if it may be wrong."""
    if CParser is None or _DOUBTFUL.search(text):
        raise Doubtful
    try:
        yield from _trusted(CParser(text))
    except Exception as error:  # the Python parser says what is wrong, if anything is
        raise Doubtful from error


def pure_events(text: str) -> Iterator[Event | Fault]:
    """The events of ``text`` as the Python parser sees them; a fault, if there is one, is last."""
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        yield _syntax_fault(error)
    except YAMLError as error:
        yield Fault("syntax", " ".join(str(error).split()))
    except Exception as error:  # noqa: BLE001 - some texts make the parser itself stumble
        yield Fault("syntax", f"cannot be parsed as YAML ({type(error).__name__})")


def _trusted(parser: Any) -> Iterator[Event]:
    # Only the events of a clean document: anything that will be a fault is the other's to judge.
    documents = flow = 0
    root = ""
    while True:
        event = parser.get_event()
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
        if name == "StreamEndEvent":
            return


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


def _syntax_fault(error: MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    at = Position(mark.line + 1, mark.column + 1) if mark else None
    parts = (error.context, error.problem)
    return Fault("syntax", ": ".join(" ".join(part.split()) for part in parts if part), at)
