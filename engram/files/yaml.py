"""YAML as plain data, with the position of every key and value.

The dialect is what people mean by YAML when they write data: YAML 1.2, one document, no anchors,
aliases, merge keys, tags or directives. Everything else is a fault with a position.
"""

from __future__ import annotations

from engram.core.config import DEFAULT_LIMITS, Limits
from engram.files import yaml_lines
from engram.files.yaml_data import Parsed


def parse(text: str, limits: Limits = DEFAULT_LIMITS) -> Parsed:
    """The document in ``text``; never raises, and never takes longer than the limits explain.

    Most texts are simple enough to be read line by line. The others are for parsers.
    """
    simple = yaml_lines.read(text, limits)
    if simple is None:
        # Imported late: parsers take longer to import than most corpora take to be read.
        from engram.files import yaml_parsers

        return yaml_parsers.parse(text, limits)
    return simple


def unix(text: str) -> str:
    """The text with LF line ends and without a byte order mark, as ``parse`` takes it."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n")
