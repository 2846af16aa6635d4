"""What a check of a text has to say, before anyone knows which field of which pattern it is."""

from __future__ import annotations

from typing import NamedTuple

from engram.core.rule import Rule


class Remark(NamedTuple):
    """A rule that a text breaks. ``words`` goes on from the name of the field: ``holds ...``."""

    rule: Rule
    words: str
